import { keyOf, localName, namespaces } from "../xml/names.ts";
import { childOf, childrenOf, type XmlElement } from "../xml/read-xml.ts";
import { isBuiltInName, isQualified } from "./built-ins.ts";
import { isArray, isOfEncoding } from "./encoded-arrays.ts";
import { patternOf } from "./patterns.ts";
import { type Definition, nameIn, type SchemaSet, within } from "./schema-set.ts";
import { type Facets, SchemaError, type SimpleShape } from "./shapes.ts";

const { xsd, xml } = namespaces;

/** XML Schema's own types, and SOAP encoding's types of the same names. */
export function isBuiltIn(key: string): boolean {
  return key.startsWith(keyOf(xsd, "")) || (isOfEncoding(key) && !isArray(key));
}

export function isKnownBuiltIn(key: string): boolean {
  return key === keyOf(xsd, localName(key)) && isBuiltInName(localName(key));
}

export function builtIn(name: string): SimpleShape {
  const lists: { readonly [name: string]: string } = { NMTOKENS: "NMTOKEN", IDREFS: "IDREF", ENTITIES: "ENTITY" };
  const item = Object.hasOwn(lists, name) ? lists[name] : undefined;
  const typeName = keyOf(xsd, name);
  return {
    kind: "simple",
    builtIn: name,
    facets: [],
    typeName,
    ...(item === undefined ? {} : { item: builtIn(item) }),
  };
}

/** The type of one of XML's own attributes, which no schema has to declare. */
export function typeOfXmlAttribute(key: string): SimpleShape | undefined {
  const types: { readonly [name: string]: string } = { lang: "language", space: "NCName", base: "anyURI", id: "ID" };
  const name = localName(key);
  return key === keyOf(xml, name) && Object.hasOwn(types, name) ? builtIn(types[name] ?? "") : undefined;
}

// A value is held against every type of a union, and these may be unions.
const mostMembers = 1_000;

/** Shapes of simple types. All throw `SchemaError`. */
export class SimpleTypes {
  readonly #set: SchemaSet;
  readonly #known = new Map<XmlElement, SimpleShape>();

  constructor(set: SchemaSet) {
    this.#set = set;
  }

  named(key: string, from: Definition): SimpleShape {
    if (isBuiltIn(key)) return builtIn(localName(key));
    const definition = this.#set.get("type", key, from);
    if (definition.node.name !== "simpleType") throw new SchemaError(`${key} is no simple type`);
    return this.of(definition);
  }

  /** `node` is a `simpleType`. */
  of(definition: Definition): SimpleShape {
    return this.#set.once(this.#known, definition.node, () => {
      const name = definition.node.attributes.get("name");
      const { typeName: _, ...made } = this.#made(definition);
      return name === undefined ? made : { ...made, typeName: keyOf(definition.schema.namespace, name) };
    });
  }

  /** A type with the facets of a `restriction` added. */
  narrowed(base: SimpleShape, restriction: Definition): SimpleShape {
    this.#set.take(restriction.node.children.length + base.facets.length);
    const facets = facetsOf(restriction, isQualified(base.builtIn));
    return Object.keys(facets).length === 0 ? base : { ...base, facets: [...base.facets, facets] };
  }

  #made(definition: Definition): SimpleShape {
    const { node } = definition;
    const restriction = childOf(node, xsd, "restriction");
    if (restriction !== undefined) {
      const step = within(definition, restriction);
      return this.narrowed(this.#base(step, "base"), step);
    }
    const list = childOf(node, xsd, "list");
    if (list !== undefined)
      return { kind: "simple", builtIn: "list", facets: [], item: this.#base(within(definition, list), "itemType") };
    const union = childOf(node, xsd, "union");
    if (union === undefined) throw new SchemaError("a simple type is neither restriction, list nor union");
    const named = (union.attributes.get("memberTypes") ?? "").split(/\s+/).filter((name) => name !== "");
    const members = [
      ...named.map((name) => this.named(nameIn(within(definition, union), name), definition)),
      ...childrenOf(union, xsd, "simpleType").map((child) => this.of(within(definition, child))),
    ];
    const size = members.reduce((sum, member) => sum + (member.size ?? 1), 0);
    if (size > mostMembers) throw new SchemaError(`a union has more than ${mostMembers} types`);
    return { kind: "simple", builtIn: "union", facets: [], members, size };
  }

  #base(definition: Definition, attribute: string): SimpleShape {
    const name = definition.node.attributes.get(attribute);
    if (name !== undefined) return this.named(nameIn(definition, name), definition);
    const inner = childOf(definition.node, xsd, "simpleType");
    if (inner === undefined) throw new SchemaError("a simple type has no base");
    return this.of(within(definition, inner));
  }
}

const counts = ["length", "minLength", "maxLength", "totalDigits", "fractionDigits"] as const;
const bounds = ["minInclusive", "maxInclusive", "minExclusive", "maxExclusive"] as const;

/** @param areNames its values are names, whose prefixes mean what they mean in the schema. */
function facetsOf(restriction: Definition, areNames: boolean): Facets {
  const values = (name: string) =>
    childrenOf(restriction.node, xsd, name).flatMap((facet) => facet.attributes.get("value") ?? []);
  const facets: { -readonly [Name in keyof Facets]: Facets[Name] } = {};
  const enumeration = values("enumeration");
  if (enumeration.length > 0)
    facets.enumeration = areNames ? enumeration.map((name) => nameIn(restriction, name)) : enumeration;
  const patterns = areNames ? [] : values("pattern").map(patternOf);
  // One that we cannot translate may be the one that matches: the server judges.
  if (patterns.length > 0 && !patterns.includes(undefined)) facets.patterns = patterns.flatMap((one) => one ?? []);
  for (const name of counts) {
    const [value] = values(name);
    if (value !== undefined && /^\d+$/.test(value.trim())) facets[name] = Number(value);
  }
  for (const name of bounds) {
    const [value] = values(name);
    if (value !== undefined) facets[name] = value.trim();
  }
  if (values("whiteSpace")[0] === "collapse") facets.collapses = true;
  return facets;
}
