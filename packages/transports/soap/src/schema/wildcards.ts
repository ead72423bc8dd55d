import type { Definition } from "./schema-set.ts";
import type { Wildcard } from "./shapes.ts";

/** Of an `any` or `anyAttribute`. */
export function wildcardOf({ node, schema }: Definition): Wildcard {
  const isStrict = (node.attributes.get("processContents") ?? "strict") === "strict";
  return { isStrict, allows: namespacesOf((node.attributes.get("namespace") ?? "##any").trim(), schema.namespace) };
}

function namespacesOf(text: string, target: string): Wildcard["allows"] {
  if (text === "##any") return () => true;
  if (text === "##other") return (namespace) => namespace !== target && namespace !== "";
  const tokens: { readonly [token: string]: string } = { "##targetNamespace": target, "##local": "" };
  const allowed = new Set(text.split(/\s+/).map((token) => (Object.hasOwn(tokens, token) ? tokens[token] : token)));
  return (namespace) => allowed.has(namespace);
}
