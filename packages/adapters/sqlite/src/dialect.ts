import {
  type Condition,
  type ConditionValue,
  type FieldType,
  type SqlDialect,
  SynclineError,
} from "@syncline/core/spi";

/**
 * How a set statement begins. SQLite has no LATERAL, and needs none: it runs inside the process, so a prepared statement
 * that is run once for each key costs no round trip. The query runner does that, within one snapshot.
 */
export const onceForEachKey = "-- once for each key\n";

/** How the statement of one key begins: the query runner answers for it as for each key of a set. */
export const onceForOneKey = "-- once for one key\n";

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
  attest: (template) => `${onceForOneKey}${template}`,
  joinLateral: (template) => `${onceForEachKey}${template}`,
  bindKeys: (fields, conditions) => [
    conditions.map((condition) =>
      Object.fromEntries(fields.map(({ name, type }) => [name, bind(keyValue(condition, name), type)])),
    ),
  ],
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

/** Core reads no key that lacks a field; nothing may take its place in a comparison. */
function keyValue(condition: Condition, field: string): ConditionValue {
  const value = condition[field];
  if (value === undefined) throw new SynclineError("query.data", `The key has no field "${field}".`);
  return value;
}

function bind(value: ConditionValue, type: FieldType): bigint | string {
  if (type === "boolean") return value === true ? 1n : 0n;
  return type === "integer" || type === "bigint" ? BigInt(value) : String(value);
}

export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
