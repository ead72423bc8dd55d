import type { Condition, KeyField, SqlDialect } from "@syncline/core/spi";

/** How a set statement begins: `KEYS (SELECT …)`, with the keys as its one parameter. */
export const keysWord = "KEYS";

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
  joinLateral: (template) => `${keysWord} (\n${template}\n)`,
  bindKeys: (_fields: readonly KeyField[], conditions: readonly Condition[]) => [conditions],
};
