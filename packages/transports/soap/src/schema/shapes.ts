/** An XML schema as writing and reading messages need it. */

/** Values by which one step of a type's derivation narrows it. */
export interface Facets {
  readonly enumeration?: readonly string[];
  /** One of them must match. */
  readonly patterns?: readonly RegExp[];
  readonly length?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly totalDigits?: number;
  readonly fractionDigits?: number;
  readonly minInclusive?: string;
  readonly maxInclusive?: string;
  readonly minExclusive?: string;
  readonly maxExclusive?: string;
  readonly collapses?: boolean;
}

export interface SimpleShape {
  readonly kind: "simple";
  /** The built-in type that it is derived from: `decimal`. */
  readonly builtIn: string;
  readonly facets: readonly Facets[];
  /** A list of these, separated by blanks. */
  readonly item?: SimpleShape;
  /** Any of these. */
  readonly members?: readonly SimpleShape[];
}

export interface AttributeShape {
  readonly namespace: string;
  readonly name: string;
  readonly required: boolean;
  readonly type: SimpleShape;
}

export interface ComplexShape {
  readonly kind: "complex";
  readonly abstract: boolean;
  readonly content: GroupShape;
  readonly attributes: readonly AttributeShape[];
  /** What stands between its tags, if that is a value and not elements. */
  readonly text: SimpleShape | undefined;
}

export type TypeShape = SimpleShape | ComplexShape;

export interface ElementShape {
  readonly kind: "element";
  readonly namespace: string;
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly nillable: boolean;
  /** Found when it is asked for, since types may hold themselves. Throws `SchemaError`. */
  readonly type: TypeShape;
}

/** `all` is a sequence, too: any order is right, and so is the schema's. */
export interface GroupShape {
  readonly kind: "sequence" | "choice";
  readonly min: number;
  readonly max: number;
  readonly parts: readonly Particle[];
}

export type Particle = ElementShape | GroupShape;

export const emptyContent: GroupShape = { kind: "sequence", min: 1, max: 1, parts: [] };

/** What of a schema we cannot use, in words that follow the name of what needs it. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
}

export function elementsOf(particle: Particle): readonly ElementShape[] {
  return particle.kind === "element" ? [particle] : particle.parts.flatMap(elementsOf);
}

const byName = new WeakMap<ComplexShape, ReadonlyMap<string, ElementShape>>();

/** Made once for each type: an answer has many elements of one type. */
export function elementsByName(type: ComplexShape): ReadonlyMap<string, ElementShape> {
  const known = byName.get(type) ?? new Map(elementsOf(type.content).map((element) => [element.name, element]));
  byName.set(type, known);
  return known;
}

/** The element at a path of names, below an element. */
export function elementAt(root: ElementShape, path: string): ElementShape | undefined {
  let found: ElementShape | undefined = root;
  for (const step of path.split(".")) {
    const type: TypeShape | undefined = found?.type;
    found = type?.kind === "complex" ? elementsOf(type.content).find(({ name }) => name === step) : undefined;
  }
  return found;
}

/** What is wrong with the types below an element; every problem at once. */
export function schemaProblems(root: ElementShape): readonly string[] {
  const problems = new Set<string>();
  const seen = new Set<TypeShape>();
  // Not by recursion: types may hold each other in a chain of any length.
  const waiting = [root];
  for (let element = waiting.pop(); element !== undefined; element = waiting.pop()) {
    try {
      const { type } = element;
      if (type.kind === "simple" || seen.has(type)) continue;
      seen.add(type);
      for (const inner of elementsOf(type.content).toReversed()) waiting.push(inner);
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      problems.add(error.message);
    }
  }
  return [...problems];
}
