import type { SchemaDocument } from "../wsdl/documents.ts";
import { keyOf, namespaces, resolveName } from "../xml/names.ts";
import type { XmlElement } from "../xml/read-xml.ts";
import { SchemaError } from "./shapes.ts";

export type DefinitionKind = "element" | "type" | "group" | "attributeGroup" | "attribute";

/** A part of a schema, and what the schema as a whole says about its parts. */
export interface Definition {
  readonly node: XmlElement;
  readonly schema: SchemaDocument;
}

const kinds: { readonly [name: string]: DefinitionKind } = {
  element: "element",
  complexType: "type",
  simpleType: "type",
  group: "group",
  attributeGroup: "attributeGroup",
  attribute: "attribute",
};

/** All global definitions, by kind and name. */
export class SchemaSet {
  readonly #definitions = new Map<string, Definition>();

  constructor(schemas: readonly SchemaDocument[]) {
    for (const schema of schemas) {
      for (const node of schema.root.children) {
        const kind = node.namespace === namespaces.xsd ? kinds[node.name] : undefined;
        const name = node.attributes.get("name");
        if (kind === undefined || name === undefined) continue;
        this.#definitions.set(`${kind} ${keyOf(schema.namespace, name)}`, { node, schema });
      }
    }
  }

  /** Throws `SchemaError`. */
  get(kind: DefinitionKind, key: string): Definition {
    const found = this.#definitions.get(`${kind} ${key}`);
    if (found === undefined) throw new SchemaError(`there is no ${kind} ${key} in the WSDL and its imports`);
    return found;
  }
}

/** What a name in an attribute means. Without a prefix, in a schema without a namespace that was included, it is the includer's. */
export function nameIn({ node, schema }: Definition, text: string): string {
  const key = resolveName(text, node.prefixes);
  const isIncluded = !schema.root.attributes.has("targetNamespace");
  return isIncluded && key.startsWith("{}") ? keyOf(schema.namespace, key.slice(2)) : key;
}
