import {
  type AnyShape,
  type ComplexShape,
  type ElementShape,
  type GroupShape,
  type Particle,
  SchemaError,
  type TypeShape,
} from "./shapes.ts";

/** What a document's field of some name is. */
export interface Entry {
  readonly element: ElementShape;
  /** How often it may be there, its groups' repetitions counted. */
  readonly max: number;
  /** It repeats together with others, so that its values stand among theirs. */
  readonly isColumn: boolean;
}

/** What stands in a group, by the names that fields have. */
export interface Contents {
  readonly entries: ReadonlyMap<string, Entry>;
  /** Names that stand for several elements at once: fields cannot tell them apart. */
  readonly ambiguous: ReadonlySet<string>;
  /** Names that are there wherever the group is. */
  readonly required: ReadonlySet<string>;
  readonly wildcards: readonly AnyShape[];
  /** Something has to stand there, whatever a document has. */
  readonly isNeeded: boolean;
}

interface Gathered extends Contents {
  readonly entries: Map<string, Entry>;
  readonly ambiguous: Set<string>;
  readonly required: Set<string>;
  readonly wildcards: AnyShape[];
  isNeeded: boolean;
}

// A group may hold all of another, level upon level.
const mostEntries = 20_000;
const known = new WeakMap<GroupShape, Contents>();

/** Made once for each group: a message has many elements of one type. Throws `SchemaError`. */
export function contentsOf(group: GroupShape): Contents {
  const kept = known.get(group);
  if (kept !== undefined) return kept;
  const made = gathered(group);
  known.set(group, made);
  return made;
}

function gathered(group: GroupShape): Contents {
  const all: Gathered = {
    entries: new Map(),
    ambiguous: new Set(),
    required: new Set(),
    wildcards: [],
    isNeeded: false,
  };
  // One alternative is chosen by its fields, so that another may have the same; several that are chosen cannot.
  const isExclusive = group.kind === "choice" && group.max === 1;
  const isTogether = group.max > 1 && group.kind === "sequence" && group.parts.length > 1;
  const add = (name: string, { element, max, isColumn }: Entry) => {
    const before = all.entries.get(name);
    if (before === undefined)
      all.entries.set(name, { element, max: max * group.max, isColumn: isColumn || isTogether });
    else if (!isExclusive) all.ambiguous.add(name);
    else if (max > before.max) all.entries.set(name, { ...before, max });
    if (all.entries.size > mostEntries) throw new SchemaError(`a type has more than ${mostEntries} elements`);
  };
  for (const part of group.parts) {
    if (part.min > 0 && (isSingle(part) || contentsOf(part).isNeeded)) all.isNeeded = true;
    if (part.kind === "any") all.wildcards.push(part);
    if (part.kind === "element") {
      add(part.name, { element: part, max: part.max, isColumn: false });
      if (group.kind === "sequence" && part.min > 0) all.required.add(part.name);
    }
    if (isSingle(part)) continue;
    const inner = contentsOf(part);
    for (const [name, entry] of inner.entries) add(name, entry);
    for (const name of inner.ambiguous) all.ambiguous.add(name);
    all.wildcards.push(...inner.wildcards);
    if (group.kind === "sequence" && part.min > 0) for (const name of inner.required) all.required.add(name);
  }
  return all;
}

function isSingle(part: Particle): part is Exclude<Particle, GroupShape> {
  return part.kind !== "sequence" && part.kind !== "choice";
}

/** Throws `SchemaError`. */
export function entriesOf(type: TypeShape): ReadonlyMap<string, Entry> {
  return type.kind === "complex" ? contentsOf(type.content).entries : new Map();
}

/** The element at a path of names, below an element. Throws `SchemaError`. */
export function elementAt(root: ElementShape, path: string): Entry | undefined {
  let found: Entry | undefined = { element: root, max: root.max, isColumn: false };
  for (const step of path.split(".")) {
    const type: TypeShape | undefined = found?.element.type;
    if (type?.kind !== "complex" || contentsOf(type.content).ambiguous.has(step)) return undefined;
    found = contentsOf(type.content).entries.get(step);
  }
  return found;
}

/** Whether a type is none that an element may have itself. */
export type IsHollow = (type: ComplexShape) => boolean;

// A message as deep would be refused by any parser.
const deepest = 200;
// A bound of time; and a person reads the first few.
const mostVisited = 1_000_000;
const mostNamed = 10;

/**
 * What keeps an element from being written at all; every problem at once. What is optional may be
 * left out, whatever is wrong with it.
 */
export function schemaProblems(root: ElementShape, isHollow: IsHollow = () => false): readonly string[] {
  const needs = new Needs(isHollow);
  return [...new Set(needs.ofElement(root, 0))].slice(0, mostNamed);
}

class Needs {
  readonly #known = new Map<TypeShape | Particle, readonly string[]>();
  readonly #isHollow: IsHollow;
  #visited = 0;

  constructor(isHollow: IsHollow) {
    this.#isHollow = isHollow;
  }

  ofElement(element: ElementShape, depth: number): readonly string[] {
    if (depth > deepest) return [`what is required is more than ${deepest} elements deep`];
    try {
      return element.type.kind === "simple" ? [] : this.#once(element.type, () => this.#ofType(element, depth));
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      return [error.message];
    }
  }

  /** Types may hold themselves, and groups are made once and stand in many places. */
  #once(what: TypeShape | Particle, find: () => readonly string[]): readonly string[] {
    const kept = this.#known.get(what);
    if (kept !== undefined) return kept;
    this.#known.set(what, []);
    const found = [...new Set(find())].slice(0, mostNamed);
    this.#known.set(what, found);
    return found;
  }

  #ofType({ type, name }: ElementShape, depth: number): readonly string[] {
    if (type.kind === "simple") return [];
    if (type.abstract && this.#isHollow(type)) return [`${name} has an abstract type that no other is derived from`];
    const attributes = type.attributes.flatMap((one) => (one.required && typeof one.type === "string" ? one.type : []));
    const { ambiguous, required, entries } = contentsOf(type.content);
    this.#visited += entries.size + 1;
    if (this.#visited > mostVisited) throw new SchemaError("what is required has too many parts");
    const twice = [...ambiguous]
      .filter((one) => required.has(one))
      .map((one) => `a type has two elements named ${one}, which fields cannot tell apart`);
    return [...attributes, ...twice, ...this.#ofParticle(type.content, depth)];
  }

  #ofParticle(particle: Particle, depth: number): readonly string[] {
    if (particle.min === 0 || particle.max === 0 || particle.kind === "any") return [];
    if (particle.kind === "element") return this.ofElement(particle, depth + 1);
    if (particle.kind === "unusable") return [particle.reason];
    return this.#once(particle, () => {
      const { kind, parts, min } = particle;
      if (kind === "sequence" && parts.length > 1 && min > 1)
        return [`a sequence of ${parts.length} parts must be there ${min} times`];
      if (kind === "sequence") return parts.flatMap((part) => this.#ofParticle(part, depth));
      const found = parts.map((part) => this.#ofParticle(part, depth));
      return found.some((problems) => problems.length === 0) ? [] : found.flat();
    });
  }
}
