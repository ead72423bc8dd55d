import { keyValue, perKeyForms } from "@syncline/core/adapter-kit";
import type { ConditionValue, FieldType, SqlDialect } from "@syncline/core/spi";

/**
 * SQLite's spelling. Dates, times, UUIDs and decimals are bound as their canonical text, booleans as
 * 1 and 0.
 *
 * A parameter has no affinity of its own: beside a TEXT column a 7 would be the text '7', and not
 * find '007'; beside a 7 out of JSON, the text '7' would be no number. With CAST it has one, which
 * SQLite applies to the other side where that has none, or a weaker one.
 */
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
  parameter: (position, type) => typed(parameterName(position), type),
  nativeParameter: (position) => `@${parameterName(position)}`,
  bind,
  keyColumn: ({ name, type }) => typed(name, type),
  // It has no LATERAL, and needs none: a prepared statement that is run once for each key costs no round trip.
  ...perKeyForms((fields, condition) =>
    Object.fromEntries(fields.map(({ name, type }) => [name, bind(keyValue(condition, name), type)])),
  ),
};

export function parameterName(position: number): string {
  return `p${position}`;
}

function typed(name: string, type: FieldType): string {
  if (type === "string") return `CAST(@${name} AS TEXT)`;
  return type === "integer" || type === "bigint" || type === "boolean" ? `CAST(@${name} AS INTEGER)` : `@${name}`;
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll(`"`, `""`)}"`;
}

function bind(value: ConditionValue, type: FieldType): bigint | string {
  if (type === "boolean") return value === true ? 1n : 0n;
  return type === "integer" || type === "bigint" ? BigInt(value) : String(value);
}

export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
