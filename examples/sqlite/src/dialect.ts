import type { ConditionValue, FieldType, SqlDialect } from "@syncline/core/spi";

/**
 * How a set statement begins. SQLite has no LATERAL, and needs none: it runs inside the process, so a prepared statement
 * that is run once for each key costs no round trip. The query runner does that, within one snapshot.
 */
export const onceForEachKey = "-- once for each key\n";

/** SQLite's spelling. Dates, times, UUIDs and decimals are bound as their canonical text, booleans as 1 and 0. */
export const sqliteDialect: SqlDialect = {
  name: "sqlite",
  lexical: {
    identifierQuotes: [
      [`"`, `"`],
      ["`", "`"],
      ["[", "]"],
    ],
    dollarQuotes: false,
    alternativeQuotes: false,
    nestedComments: false,
    doubleColonCast: false,
    nativeParameter: "@name",
  },
  quoteIdentifier,
  parameter: (position) => `@p${position}`,
  bind,
  keyColumn: ({ name }) => `@${name}`,
  joinLateral: (template) => `${onceForEachKey}${template}`,
  bindKeys: (fields, conditions) => [
    conditions.map((condition) =>
      Object.fromEntries(fields.map(({ name, type }) => [name, bind(condition[name] ?? "", type)])),
    ),
  ],
};

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll(`"`, `""`)}"`;
}

function bind(value: ConditionValue, type: FieldType): bigint | string {
  if (type === "boolean") return value === true ? 1n : 0n;
  return type === "integer" || type === "bigint" ? BigInt(value) : String(value);
}
