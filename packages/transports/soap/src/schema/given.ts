import type { WireValue } from "@syncline/core/spi";
import { contentsOf } from "./contents.ts";
import type { AnyShape, GroupShape, Particle, Wildcard } from "./shapes.ts";

/** Elements that are written already, in place of a repeated element's values. */
export class WrittenElements {
  readonly elements: readonly string[];

  constructor(elements: readonly string[]) {
    this.elements = elements;
  }
}

/** What a document's fields may hold. */
export type Writable = WireValue | WrittenElements | { readonly [name: string]: Writable } | undefined;

export type Fields = { readonly [name: string]: Writable };

/** An element for a wildcard. */
export interface AnyElement {
  readonly namespace: string;
  readonly isDeclared: boolean;
  readonly xml: string;
}

/** What a document has for one element's content: its fields, and what is still to be placed by wildcards. */
export class Given {
  readonly fields: Fields;
  readonly names: readonly string[];
  readonly waiting: AnyElement[];

  constructor(fields: Fields, waiting: AnyElement[]) {
    this.fields = fields;
    this.names = Object.keys(fields).filter((name) => fields[name] !== undefined && fields[name] !== null);
    this.waiting = waiting;
  }

  /** The names of a particle's elements that have a value. */
  namesIn(particle: Particle): readonly string[] {
    if (particle.kind === "any" || particle.kind === "unusable") return [];
    if (particle.kind === "element") return this.names.includes(particle.name) ? [particle.name] : [];
    const { entries } = contentsOf(particle);
    return this.names.filter((name) => entries.has(name));
  }

  has(particle: Particle): boolean {
    if (particle.kind === "any") return this.fits(particle);
    if (this.namesIn(particle).length > 0) return true;
    if (this.waiting.length === 0 || particle.kind === "element" || particle.kind === "unusable") return false;
    return contentsOf(particle).wildcards.some((wildcard) => this.fits(wildcard));
  }

  /** Whether nothing of a group is given, not even as null, and nothing of it must be. */
  leavesOut(group: GroupShape): boolean {
    const { entries, isNeeded } = contentsOf(group);
    if (isNeeded || this.has(group)) return false;
    return !Object.keys(this.fields).some((name) => this.fields[name] === null && entries.has(name));
  }

  /** Whether the next element may stand at a wildcard. */
  fits({ allows, isStrict }: Wildcard): boolean {
    const [next] = this.waiting;
    return next !== undefined && allows(next.namespace) && (next.isDeclared || !isStrict);
  }

  /** Those of the next elements that stand at a wildcard. */
  take(wildcard: AnyShape, most: number): readonly string[] {
    const taken: string[] = [];
    while (taken.length < most && this.fits(wildcard)) taken.push(this.waiting.shift()?.xml ?? "");
    return taken;
  }
}

export function isWritten(value: Writable): value is WrittenElements {
  return value instanceof WrittenElements;
}

export function isFields(value: Writable): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isWritten(value);
}

export function own(fields: Fields, name: string): Writable {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** The place of a field in a document. */
export function join(place: string, name: string): string {
  return place === "" ? name : `${place}.${name}`;
}
