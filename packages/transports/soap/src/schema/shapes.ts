/** An XML schema as writing and reading messages need it. */

/** Values by which one step of a type's derivation narrows it. */
export interface Facets {
  readonly enumeration?: readonly string[];
  /** One of them must match. */
  readonly patterns?: readonly ((text: string) => boolean)[];
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
  /** The type's own name, as a key; of a type without one, `undefined`. */
  readonly typeName?: string;
  /** How many types a value may have to be held against. Default 1. */
  readonly size?: number;
}

export interface AttributeShape {
  readonly namespace: string;
  readonly name: string;
  readonly required: boolean;
  readonly fixed?: string;
  /** A sentence that says why it cannot be written, in place of its type. */
  readonly type: SimpleShape | string;
}

/** Which elements, or attributes, that are named nowhere in the type may stand there. */
export interface Wildcard {
  readonly allows: (namespace: string) => boolean;
  /** Only those that the schema declares. */
  readonly isStrict: boolean;
}

export interface ComplexShape {
  readonly kind: "complex";
  readonly typeName?: string;
  readonly abstract: boolean;
  readonly content: GroupShape;
  readonly attributes: readonly AttributeShape[];
  readonly anyAttribute?: Wildcard;
  /** What stands between its tags, if that is a value and not elements. */
  readonly text: SimpleShape | undefined;
  /** Text may stand between its elements. */
  readonly mixed?: boolean;
  /** SOAP encoding's array: its content is this one element, as often as one likes. */
  readonly entry?: ElementShape;
}

export type TypeShape = SimpleShape | ComplexShape;

/** How often a particle is there. */
export interface Occurs {
  readonly min: number;
  readonly max: number;
}

export interface ElementShape extends Occurs {
  readonly kind: "element";
  readonly namespace: string;
  readonly name: string;
  readonly nillable: boolean;
  readonly fixed?: string;
  /** Found when it is asked for, since types may hold themselves. Throws `SchemaError`. */
  readonly type: TypeShape;
}

/** `all` is a sequence, too: any order is right, and so is the schema's. */
export interface GroupShape extends Occurs {
  readonly kind: "sequence" | "choice";
  readonly parts: readonly Particle[];
}

export interface AnyShape extends Occurs, Wildcard {
  readonly kind: "any";
}

/** What of a type cannot be written, such as an element that the WSDL's imports do not have. */
export interface UnusableShape extends Occurs {
  readonly kind: "unusable";
  readonly reason: string;
}

export type Particle = ElementShape | GroupShape | AnyShape | UnusableShape;

export const once: Occurs = { min: 1, max: 1 };

export const emptyContent: GroupShape = { kind: "sequence", ...once, parts: [] };

/** What of a schema we cannot use, in words that follow the name of what needs it. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
}

/** A name that a message can have. Throws `SchemaError`. */
export function xmlName(name: string): string {
  if (/^[\p{L}\p{Nl}_][\p{L}\p{N}\p{M}\p{Pc}.\u00b7-]*$/u.test(name)) return name;
  throw new SchemaError(`${JSON.stringify(name.slice(0, 100))} is no name that XML can have`);
}

/** An element whose type is found when it is asked for. */
export function lazy(declared: Omit<ElementShape, "type">, find: () => TypeShape): ElementShape {
  let found: TypeShape | undefined;
  return {
    ...declared,
    get type() {
      found ??= find();
      return found;
    },
  };
}

export function times(one: Occurs, other: Occurs): Occurs {
  return { min: one.min * other.min, max: one.max * other.max };
}
