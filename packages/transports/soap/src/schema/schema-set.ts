import type { SchemaDocument } from "../wsdl/documents.ts";
import { keyOf, localName, namespaces, resolveName } from "../xml/names.ts";
import { childrenOf, type XmlElement } from "../xml/read-xml.ts";
import { SchemaError } from "./shapes.ts";

const { xsd } = namespaces;

export type DefinitionKind = "element" | "type" | "group" | "attributeGroup" | "attribute";

/** A part of a schema, and what the schema as a whole says about its parts. */
export interface Definition {
  readonly node: XmlElement;
  readonly schema: SchemaDocument;
  /** Within an `xs:redefine`: what stood in its place before, by kind and key. */
  readonly former?: ReadonlyMap<string, Definition>;
}

const kinds: { readonly [name: string]: DefinitionKind } = {
  element: "element",
  complexType: "type",
  simpleType: "type",
  group: "group",
  attributeGroup: "attributeGroup",
  attribute: "attribute",
};

// A bound of time: each part is made once, but some are made of all of another.
const mostParts = 1_000_000;
// Types derived from each other, and groups in groups: more than anybody wrote, less than the stack holds.
const deepest = 200;

/** All global definitions, by kind and name. */
export class SchemaSet {
  readonly #definitions = new Map<string, Definition>();
  readonly #members = new Map<string, string[]>();
  readonly #derived = new Map<string, string[]>();
  readonly #prefixes = new Map<string, Set<string>>();
  readonly #unread: readonly string[];
  readonly #making: (readonly [known: object, node: XmlElement])[] = [];
  #parts = mostParts;
  #named: Map<string, string[]> | undefined;

  /** @param unread imports that were not read: what is missing may be there. */
  constructor(schemas: readonly SchemaDocument[], unread: readonly string[] = []) {
    this.#unread = unread;
    for (const schema of schemas) {
      this.#remember(schema.root);
      for (const node of schema.root.children) this.#add({ node, schema });
    }
    // What an inner document redefines, an outer one may redefine again.
    for (const schema of schemas.toReversed())
      for (const redefine of childrenOf(schema.root, xsd, "redefine"))
        for (const node of redefine.children) this.#redefine({ node, schema });
    for (const [id, { node, schema }] of this.#definitions) this.#relate(id, node, schema);
  }

  /** Counts what shapes are made of. Throws `SchemaError`. */
  take(parts: number): void {
    this.#parts -= parts;
    if (this.#parts < 0) throw new SchemaError(`the types describe more than ${mostParts} parts`);
  }

  /** What is made of a node, made once. Throws `SchemaError` for what is made of itself. */
  once<Made>(known: Map<XmlElement, Made>, node: XmlElement, make: () => Made): Made {
    const kept = known.get(node);
    if (kept !== undefined) return kept;
    if (this.#making.some(([within, one]) => within === known && one === node))
      throw new SchemaError("the types refer to each other without end");
    if (this.#making.length >= deepest) throw new SchemaError(`the types are nested more than ${deepest} deep`);
    this.take(1 + node.children.length);
    this.#making.push([known, node]);
    try {
      const made = make();
      known.set(node, made);
      return made;
    } finally {
      this.#making.pop();
    }
  }

  /** Throws `SchemaError`. */
  get(kind: DefinitionKind, key: string, from?: Definition): Definition {
    this.take(1);
    const id = `${kind} ${key}`;
    const found = from?.former?.get(id) ?? this.#definitions.get(id);
    if (found !== undefined) return found;
    const unread = this.#unread.length === 0 ? "" : `; not read were: ${this.#unread.join(", ")}`;
    throw new SchemaError(`there is no ${kind} ${key} in the WSDL and its imports${unread}`);
  }

  has(kind: DefinitionKind, key: string): boolean {
    return this.#definitions.has(`${kind} ${key}`);
  }

  /** Keys of the elements that may stand in place of one, directly or by another. */
  membersOf(key: string): readonly string[] {
    const found = new Set(this.#members.get(key));
    for (const member of found) {
      this.take(1);
      for (const next of this.#members.get(member) ?? []) if (next !== key) found.add(next);
    }
    return [...found];
  }

  /** Keys of the types that are derived from one, directly or by another. */
  derivedFrom(key: string): readonly string[] {
    const found = new Set(this.#derived.get(key));
    for (const type of found) {
      this.take(1);
      for (const next of this.#derived.get(type) ?? []) if (next !== key) found.add(next);
    }
    return [...found];
  }

  /** All definitions that have a name in some namespace. */
  named(kind: DefinitionKind, name: string): readonly string[] {
    if (this.#named === undefined) {
      this.#named = new Map();
      for (const id of this.#definitions.keys()) put(this.#named, `${id.split(" ", 1)[0]} ${localName(id)}`, id);
    }
    return (this.#named.get(`${kind} ${name}`) ?? []).map((id) => id.slice(kind.length + 1));
  }

  /** What a prefix stands for in the documents; nothing if for more than one namespace. */
  namespaceOf(prefix: string): string | undefined {
    const known = [...(this.#prefixes.get(prefix) ?? [])];
    return known.length === 1 ? known[0] : undefined;
  }

  #remember({ prefixes }: XmlElement): void {
    for (const prefix in prefixes) {
      const known = this.#prefixes.get(prefix) ?? new Set();
      this.#prefixes.set(prefix, known.add(prefixes[prefix] ?? ""));
    }
  }

  #add(definition: Definition): void {
    const id = idOf(definition);
    if (id !== undefined) this.#definitions.set(id, definition);
  }

  #redefine({ node, schema }: Definition): void {
    const id = idOf({ node, schema });
    const before = id === undefined ? undefined : this.#definitions.get(id);
    if (id === undefined || before === undefined) return;
    this.#definitions.set(id, { node, schema, former: new Map([[id, before]]) });
  }

  #relate(id: string, node: XmlElement, schema: SchemaDocument): void {
    const key = id.slice(id.indexOf(" ") + 1);
    const relate = (related: Map<string, string[]>, name: string | undefined) => {
      if (name !== undefined) put(related, nameIn({ node, schema }, name), key);
    };
    if (id.startsWith("element ")) relate(this.#members, node.attributes.get("substitutionGroup"));
    if (id.startsWith("type ")) relate(this.#derived, baseOf(node));
  }
}

function put(lists: Map<string, string[]>, name: string, entry: string): void {
  const known = lists.get(name);
  if (known === undefined) lists.set(name, [entry]);
  else known.push(entry);
}

function idOf({ node, schema }: Definition): string | undefined {
  const kind = node.namespace === xsd ? kinds[node.name] : undefined;
  const name = node.attributes.get("name");
  return kind === undefined || name === undefined ? undefined : `${kind} ${keyOf(schema.namespace, name)}`;
}

function baseOf(type: XmlElement): string | undefined {
  const steps = type.name === "simpleType" ? [type] : type.children;
  for (const { children } of steps)
    for (const { name, attributes } of children)
      if (name === "extension" || name === "restriction") return attributes.get("base");
  return undefined;
}

/** A part of the same definition. */
export function within(definition: Definition, node: XmlElement): Definition {
  return { ...definition, node };
}

/** What a name in an attribute means. Without a prefix, in a schema without a namespace that was included, it is the includer's. */
export function nameIn({ node, schema }: Pick<Definition, "node" | "schema">, text: string): string {
  const key = resolveName(text, node.prefixes);
  const isIncluded = !schema.root.attributes.has("targetNamespace");
  return isIncluded && key.startsWith("{}") ? keyOf(schema.namespace, key.slice(2)) : key;
}
