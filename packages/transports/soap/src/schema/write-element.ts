import type { WireValue } from "@syncline/core/spi";
import { escapeAttribute, escapeText } from "../xml/escape.ts";
import { namespaces } from "../xml/names.ts";
import { type ComplexShape, type ElementShape, elementsOf, type GroupShape, type Particle } from "./shapes.ts";
import { writeSimple } from "./write-simple.ts";

/** What does not fit. `field`: its place in the document, such as `customer.email`. The reason never holds the value. */
export interface Misfit {
  readonly field: string;
  readonly reason: string;
}

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

/** Writes one message: its namespaces, and everything that does not fit. */
export class Pen {
  readonly misfits: Misfit[] = [];
  readonly #prefixes = new Map<string, string>();
  /** What is missing is no misfit: it is a part of a message, to be checked by itself. */
  readonly #isPart: boolean;
  readonly #columnsAt: string;

  /** @param columnsAt the field that holds the strategy's columns, if not the document itself. */
  constructor({ isPart = false, columnsAt = "" } = {}) {
    this.#isPart = isPart;
    this.#columnsAt = columnsAt;
  }

  /** An element that declares the namespaces of all that this pen has written. */
  writeRoot(shape: ElementShape, value: Writable): string {
    const [open, rest] = this.#written(shape, value, "");
    const declared = [...this.#prefixes].map(([uri, prefix]) => ` xmlns:${prefix}="${escapeAttribute(uri)}"`);
    return open + declared.join("") + rest;
  }

  /** One of them, whatever its number may be. */
  writeOne(shape: ElementShape, value: Writable): string {
    return this.#written(shape, value, "").join("");
  }

  /** The tag up to its name, and the rest. */
  #written(shape: ElementShape, value: Writable, place: string): readonly [open: string, rest: string] {
    const name = this.#name(shape.namespace, shape.name);
    const { type } = shape;
    if (type.kind === "complex") return [`<${name}`, `${this.#complex(type, shape.name, value, place)}</${name}>`];
    if (isWritten(value)) return this.#misfit(place, "holds one value, and no elements");
    const written = writeSimple(type, value as WireValue);
    if ("reason" in written) return this.#misfit(place, written.reason);
    return [`<${name}`, `>${escapeText(written.text)}</${name}>`];
  }

  /** As many of an element as its values are. */
  #occurrences(shape: ElementShape, value: Writable, place: string): string {
    if (isWritten(value)) return this.#writtenBefore(shape, value, place);
    if (value === undefined) return shape.min > 0 ? this.#missing(place) : "";
    if (Array.isArray(value) && !isListType(shape)) return this.#list(shape, value, place);
    if (value !== null) return this.#written(shape, value, place).join("");
    if (shape.nillable)
      return `<${this.#name(shape.namespace, shape.name)} ${this.#name(namespaces.xsi, "nil")}="true"/>`;
    return shape.min > 0 ? this.#misfit(place, "is null, and must be there").join("") : "";
  }

  #list(shape: ElementShape, values: readonly Writable[], place: string): string {
    if (shape.max === 1) return this.#misfit(place, "is a list, and may be there once").join("");
    if (values.length < shape.min || values.length > shape.max)
      return this.#misfit(place, `has ${values.length} entries, and must have ${shape.min} to ${shape.max}`).join("");
    return values.map((value, index) => this.#entry(shape, value, `${place}.${index}`)).join("");
  }

  #entry(shape: ElementShape, value: Writable, place: string): string {
    if (value !== null || shape.nillable) return this.#occurrences(shape, value, place);
    return this.#misfit(place, "is null, and an entry of the list cannot be").join("");
  }

  #writtenBefore(shape: ElementShape, { elements }: WrittenElements, place: string): string {
    if (elements.length > shape.max)
      return this.#misfit(place, `may be there ${shape.max} times, and the call has ${elements.length} items`).join("");
    return elements.join("");
  }

  /** From the attributes on. */
  #complex(type: ComplexShape, name: string, value: Writable, place: string): string {
    const isBare = type.text !== undefined && (typeof value !== "object" || value === null);
    const fields = isBare ? { "#text": value } : value;
    if (!isFields(fields)) return this.#misfit(place, `is no object, and ${name} has elements`).join("");
    if (type.abstract)
      return this.#misfit(place, "has an abstract type, and no type of its own to be told by").join("");
    this.#refuseUnknown(type, name, fields, place);
    const attributes = type.attributes.map((attribute) => {
      const given = own(fields, `@${attribute.name}`);
      const at = join(place, `@${attribute.name}`);
      if (given === undefined || given === null) return attribute.required ? this.#missing(at) : "";
      const written = writeSimple(attribute.type, given as WireValue);
      if ("reason" in written) return this.#misfit(at, written.reason).join("");
      return ` ${this.#name(attribute.namespace, attribute.name)}="${escapeAttribute(written.text)}"`;
    });
    return `${attributes.join("")}>${this.#text(type, fields, place)}${this.#particle(type.content, fields, place)}`;
  }

  #text({ text }: ComplexShape, fields: Fields, place: string): string {
    if (text === undefined) return "";
    const value = own(fields, "#text");
    if (value === undefined) return this.#missing(join(place, "#text"));
    const written = writeSimple(text, value as WireValue);
    return "reason" in written ? this.#misfit(place, written.reason).join("") : escapeText(written.text);
  }

  #particle(particle: Particle, fields: Fields, place: string): string {
    if (particle.kind === "element")
      return this.#occurrences(particle, own(fields, particle.name), join(place, particle.name));
    if (particle.kind === "choice") return this.#choice(particle, fields, place);
    if (particle.min === 0 && !isThere(particle, fields)) return "";
    return particle.parts.map((part) => this.#particle(part, fields, place)).join("");
  }

  #choice(choice: GroupShape, fields: Fields, place: string): string {
    const chosen = choice.parts.filter((part) => isThere(part, fields));
    const names = () => elementsOf(choice).map(({ name }) => name);
    if (chosen.length > 1 && choice.max === 1)
      return this.#misfit(place || "the document", `may have only one of ${names().join(", ")}`).join("");
    if (chosen.length > 0) return chosen.map((part) => this.#particle(part, fields, place)).join("");
    const nil = elementsOf(choice).find((element) => element.nillable && own(fields, element.name) === null);
    if (nil !== undefined) return this.#occurrences(nil, null, join(place, nil.name));
    const isOptional = choice.min === 0 || choice.parts.length === 0 || choice.parts.some(({ min }) => min === 0);
    return isOptional || this.#isPart
      ? ""
      : this.#misfit(place || "the document", `must have one of ${names().join(", ")}`).join("");
  }

  #refuseUnknown(type: ComplexShape, name: string, fields: Fields, place: string): void {
    const known = new Set(elementsOf(type.content).map((element) => element.name));
    for (const attribute of type.attributes) known.add(`@${attribute.name}`);
    if (type.text !== undefined) known.add("#text");
    for (const field of Object.keys(fields)) {
      if (fields[field] !== undefined && !known.has(field)) this.#unknown(place, field, name);
    }
  }

  #missing(place: string): string {
    return this.#isPart ? "" : this.#misfit(place, "is missing").join("");
  }

  /**
   * Columns have names that the strategy gave. Members of what a column holds are content, names
   * included.
   */
  #unknown(place: string, field: string, element: string): void {
    const isColumn = place === "" || place.replace(/\.\d+$/, "") === this.#columnsAt;
    if (isColumn) this.#misfit(join(place, field), `is no element of ${element}`);
    else this.#misfit(place, `has a member that is no element of ${element}`);
  }

  #misfit(field: string, reason: string): readonly [string, string] {
    this.misfits.push({ field: field || "the document", reason });
    return ["", ""];
  }

  #name(namespace: string, name: string): string {
    if (namespace === "") return name;
    const kept = this.#prefixes.get(namespace);
    const prefix = kept ?? (namespace === namespaces.xsi ? "xsi" : `n${this.#prefixes.size + 1}`);
    if (kept === undefined) this.#prefixes.set(namespace, prefix);
    return `${prefix}:${name}`;
  }
}

function isThere(particle: Particle, fields: Fields): boolean {
  return elementsOf(particle).some(({ name }) => {
    const value = own(fields, name);
    return value !== undefined && value !== null;
  });
}

function isListType({ type, max }: ElementShape): boolean {
  return max === 1 && type.kind === "simple" && (type.item !== undefined || type.members !== undefined);
}

function isWritten(value: Writable): value is WrittenElements {
  return value instanceof WrittenElements;
}

export function isFields(value: Writable): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isWritten(value);
}

function own(fields: Fields, name: string): Writable {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function join(place: string, name: string): string {
  return place === "" ? name : `${place}.${name}`;
}
