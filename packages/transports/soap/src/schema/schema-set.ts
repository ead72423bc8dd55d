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

// Definitions may name others twice, and these others again: a few lines stand for any number of parts.
const mostParts = 200_000;

/** All global definitions, by kind and name. */
export class SchemaSet {
  readonly #definitions = new Map<string, Definition>();
  #parts = mostParts;

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

  /** Counts what shapes are made of. Throws `SchemaError`. */
  take(parts: number): void {
    this.#parts -= parts;
    if (this.#parts < 0) throw new SchemaError(`the types describe more than ${mostParts} parts`);
  }

  /** Throws `SchemaError`. */
  get(kind: DefinitionKind, key: string): Definition {
    this.take(1);
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
