import { keyOf, localName, namespaces } from "../xml/names.ts";
import { childOf, childrenOf, type XmlElement } from "../xml/read-xml.ts";
import { type Definition, nameIn, type SchemaSet } from "./schema-set.ts";
import { type Facets, SchemaError, type SimpleShape } from "./shapes.ts";

const { xsd } = namespaces;

export function isBuiltIn(key: string): boolean {
  return key.startsWith(keyOf(xsd, ""));
}

export function builtIn(name: string): SimpleShape {
  const lists: { readonly [name: string]: string } = { NMTOKENS: "NMTOKEN", IDREFS: "IDREF", ENTITIES: "ENTITY" };
  const item = Object.hasOwn(lists, name) ? lists[name] : undefined;
  return { kind: "simple", builtIn: name, facets: [], ...(item === undefined ? {} : { item: builtIn(item) }) };
}

/** A simple type by its name. Throws `SchemaError`. */
export function simpleNamed(set: SchemaSet, key: string): SimpleShape {
  if (isBuiltIn(key)) return builtIn(localName(key));
  const definition = set.get("type", key);
  if (definition.node.name !== "simpleType") throw new SchemaError(`${key} is no simple type`);
  return simpleOf(set, definition);
}

/** `node` is a `simpleType`. */
export function simpleOf(set: SchemaSet, definition: Definition): SimpleShape {
  const { node, schema } = definition;
  set.take(node.children.length);
  const within = (child: XmlElement): Definition => ({ node: child, schema });
  const restriction = childOf(node, xsd, "restriction");
  if (restriction !== undefined) {
    set.take(restriction.children.length);
    return narrowed(baseOf(set, within(restriction), "base"), restriction);
  }
  const list = childOf(node, xsd, "list");
  if (list !== undefined) {
    return { kind: "simple", builtIn: "list", facets: [], item: baseOf(set, within(list), "itemType") };
  }
  const union = childOf(node, xsd, "union");
  if (union === undefined) throw new SchemaError("a simple type is neither restriction, list nor union");
  const named = (union.attributes.get("memberTypes") ?? "").split(/\s+/).filter((name) => name !== "");
  const members = [
    ...named.map((name) => simpleNamed(set, nameIn(within(union), name))),
    ...childrenOf(union, xsd, "simpleType").map((child) => simpleOf(set, within(child))),
  ];
  return { kind: "simple", builtIn: "union", facets: [], members };
}

function baseOf(set: SchemaSet, definition: Definition, attribute: string): SimpleShape {
  const name = definition.node.attributes.get(attribute);
  if (name !== undefined) return simpleNamed(set, nameIn(definition, name));
  const inner = childOf(definition.node, xsd, "simpleType");
  if (inner === undefined) throw new SchemaError("a simple type has no base");
  return simpleOf(set, { node: inner, schema: definition.schema });
}

/** A type with the facets of a `restriction` added. */
export function narrowed(base: SimpleShape, restriction: XmlElement): SimpleShape {
  const facets = facetsOf(restriction);
  return Object.keys(facets).length === 0 ? base : { ...base, facets: [...base.facets, facets] };
}

const counts = ["length", "minLength", "maxLength", "totalDigits", "fractionDigits"] as const;
const bounds = ["minInclusive", "maxInclusive", "minExclusive", "maxExclusive"] as const;

function facetsOf(restriction: XmlElement): Facets {
  const values = (name: string) =>
    childrenOf(restriction, xsd, name).flatMap((facet) => facet.attributes.get("value") ?? []);
  const facets: { -readonly [Name in keyof Facets]: Facets[Name] } = {};
  const enumeration = values("enumeration");
  if (enumeration.length > 0) facets.enumeration = enumeration;
  const patterns = values("pattern").map(expressionOf);
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

/** An expression of XML Schema, which always means the whole value, and to which ^ and $ are characters like any other. */
function expressionOf(pattern: string): RegExp | undefined {
  if (/(^|[^\\[])[\^$]/.test(pattern) || /\\[icIC]|-\[/.test(pattern) || mayNeverEnd(pattern)) return undefined;
  try {
    return new RegExp(`^(?:${pattern})$`, "u");
  } catch {
    return undefined;
  }
}

/** A repetition, or a choice, that is repeated itself can take for ever on a value that does not match: the server judges. */
function mayNeverEnd(pattern: string): boolean {
  const open: boolean[] = [false];
  let inClass = false;
  const characters = [...pattern.replace(/\\./gsu, "e")];
  for (const [index, character] of characters.entries()) {
    if (inClass) inClass = character !== "]";
    else if (character === "[") inClass = true;
    else if (character === "(") open.push(false);
    else if (/[*+{|]/.test(character)) open[open.length - 1] = true;
    else if (character === ")") {
      const varies = open.pop() ?? false;
      if (varies && /[*+{]/.test(characters[index + 1] ?? "")) return true;
      if (varies) open[open.length - 1] = true;
    }
  }
  return false;
}
