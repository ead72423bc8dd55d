import { keyOf, namespaces } from "../xml/names.ts";
import { type Definition, nameIn } from "./schema-set.ts";
import { type ComplexShape, lazy, once, SchemaError, type TypeShape } from "./shapes.ts";

/** By which version of SOAP's encoding a message is written. */
export type Encoding = "1.1" | "1.2";

export const encodingNamespaces: { readonly [version in Encoding]: string } = {
  "1.1": namespaces.encoding,
  "1.2": namespaces.encoding12,
};

/** Arrays, which no schema describes in full. WSDLs have 1.1's for either version. */
export function isArray(key: string): boolean {
  return Object.values(encodingNamespaces).some((namespace) => key === keyOf(namespace, "Array"));
}

/** What the encodings declare themselves. */
export function isOfEncoding(key: string): boolean {
  return Object.values(encodingNamespaces).some((namespace) => key.startsWith(keyOf(namespace, "")));
}

export function arrayOf(name: string, find: () => TypeShape): ComplexShape {
  const declared = { kind: "element", namespace: "", name, min: 0, max: Number.POSITIVE_INFINITY } as const;
  const entry = lazy({ ...declared, nillable: true }, find);
  const content = { kind: "sequence", ...once, parts: [entry] } as const;
  return { kind: "complex", abstract: false, content, attributes: [], text: undefined, entry };
}

/**
 * The type of an array's entries, which WSDL adds to the schema; `of`: they are arrays of it.
 * Throws `SchemaError`.
 */
export function entryTypeOf(step: Definition): string | { readonly of: string } | undefined {
  for (const node of step.node.children) {
    const text = node.attributes.get(keyOf(namespaces.wsdl, "arrayType"));
    if (text === undefined) continue;
    const [, name = "", dimensions = ""] = /^([^[]*)(.*)$/s.exec(text.trim()) ?? [];
    const key = nameIn({ node, schema: step.schema }, name);
    if (/^\[\d*\]$/.test(dimensions)) return key;
    if (/^\[\d*\]\[\d*\]$/.test(dimensions)) return { of: key };
    throw new SchemaError(`an array of the dimensions ${dimensions.slice(0, 40)} is not written`);
  }
  return undefined;
}
