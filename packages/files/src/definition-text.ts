import type { DefinitionRow } from "@syncline/core/spi";
import { Document, type Scalar, visit } from "yaml";

/** In this order; what is not named comes after them. */
const order = [
  ...["name", "enabled", "category", "fields", "source", "query", "downstream", "path", "method", "whenAbsent"],
  ...["compose", "rows", "maxRows", "versionColumn", "numbers", "batch", "deleteBatch", "concurrency", "rate", "retry"],
];

/** A definition as the text of a YAML file of its own. */
export function definitionText({ kind, name, definition, enabled }: DefinitionRow): string {
  const read = JSON.parse(definition) as { readonly [option: string]: unknown };
  const value = { name, ...(enabled ? {} : { enabled }), ...read };
  const place = (option: string) => (order.includes(option) ? order.indexOf(option) : order.length);
  const sorted = Object.fromEntries(
    Object.entries(value).sort(([one], [other]) => place(one) - place(other) || (one < other ? -1 : 1)),
  );
  const document = new Document(sorted, { version: "1.2", schema: "core" });
  document.commentBefore = ` yaml-language-server: $schema=../../node_modules/@syncline/files/schema/${kind}.json`;
  visit(document, {
    Scalar: (_, scalar) => {
      write(scalar);
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** Texts of several lines as blocks, and in quotes what another version of YAML reads otherwise. */
function write(scalar: Scalar): void {
  if (typeof scalar.value !== "string") return;
  if (scalar.value.includes("\n")) scalar.type = "BLOCK_LITERAL";
  else if (/^(?:yes|no|on|off|y|n|true|false|null|~)$/i.test(scalar.value)) scalar.type = "QUOTE_DOUBLE";
}
