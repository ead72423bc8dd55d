import type { Condition, KeyField, SqlDialect } from "@syncline/core/spi";

/** How a set statement begins: `KEYS (SELECT …)`, with the keys as its one parameter. */
export const keysWord = "KEYS";
/** How the statement of one key begins, so that it answers as a set does: `ONE (SELECT …)`. */
export const oneWord = "ONE";

/**
 * The spelling of the memory database's one kind of statement: see parse-select.ts. A key field inside a set statement is
 * `@name`, and a parameter is `?1`.
 */
export const memoryDialect: SqlDialect = {
  name: "memory",
  lexical: {
    identifierQuotes: [[`"`, `"`]],
    dollarQuotes: false,
    alternativeQuotes: false,
    nestedComments: false,
    doubleColonCast: false,
    nativeParameter: "?",
  },
  quoteIdentifier: (name) => `"${name.replaceAll(`"`, `""`)}"`,
  parameter: (position) => `?${position}`,
  bind: (value) => value,
  keyColumn: ({ name }) => `@${name}`,
  attest: (template) => `${oneWord} (\n${template}\n)`,
  joinLateral: (template) => `${keysWord} (\n${template}\n)`,
  bindKeys: (_fields: readonly KeyField[], conditions: readonly Condition[]) => [conditions],
};
