import type { Condition, ConditionValue, FieldType, KeyField, SqlDialect } from "@syncline/core/spi";

/**
 * The SQL types of key fields. `integer` is a bigint too: a safe integer may exceed int4, and all integer types share
 * one operator family, so an index on an int4 or int2 column serves.
 */
const sqlTypes: { readonly [Type in FieldType]: string } = {
  string: "text",
  integer: "bigint",
  bigint: "bigint",
  decimal: "numeric",
  boolean: "boolean",
  uuid: "uuid",
  date: "date",
  timestamp: "timestamptz",
};

// Names that no template has by chance: its own alias would hide the keys', and a column that its tables lack would be
// taken from the keys without a word.
const keys = `"syncline keys"`;
const ordinality = `"#"`;

/** PostgreSQL's spelling. */
export const postgresDialect: SqlDialect = {
  name: "postgres",
  lexical: {
    identifierQuotes: [[`"`, `"`]],
    escapeStringPrefix: "E",
    dollarQuotes: true,
    alternativeQuotes: false,
    nestedComments: true,
    doubleColonCast: true,
    nativeParameter: "$1",
  },
  quoteIdentifier,
  // CAST() stands by itself, where `$1::text` before a `[` would become the type `text[…]`.
  parameter: (position, type) => `CAST($${position} AS ${sqlTypes[type]})`,
  bind: (value) => String(value),
  keyColumn: (field) => `${keys}.${keyColumnName(field)}`,
  joinLateral,
  bindKeys: (fields, conditions) => fields.map((field) => arrayLiteral(field, conditions)),
};

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll(`"`, `""`)}"`;
}

function keyColumnName(field: KeyField): string {
  return quoteIdentifier(`:${field.name}`);
}

/**
 * `unnest` and not `jsonb_to_recordset`: the planner sees how many keys there are, where it takes any record set for
 * 100 rows, and no value passes through JSON. A template with ORDER BY, LIMIT, GROUP BY or DISTINCT is planned as it
 * stands and run per key, so its order is kept; a simpler one is joined, through an index or by a hash, as is cheaper.
 */
function joinLateral(template: string, fields: readonly KeyField[]): string {
  const arrays = fields.map((field, index) => `$${index + 1}::${sqlTypes[field.type]}[]`).join(", ");
  const columns = [...fields.map(keyColumnName), ordinality].join(", ");
  return `SELECT (${keys}.${ordinality} - 1)::int AS ${ordinality}, "syncline row".*
FROM unnest(${arrays}) WITH ORDINALITY AS ${keys}(${columns})
CROSS JOIN LATERAL (
${template}
) AS "syncline row"`;
}

/** PostgreSQL's own text form of an array: no driver needs to know arrays. */
function arrayLiteral(field: KeyField, conditions: readonly Condition[]): string {
  const write = field.type === "string" ? quoteElement : String;
  return `{${conditions.map((condition) => write(condition[field.name] ?? "")).join(",")}}`;
}

function quoteElement(value: ConditionValue): string {
  return `"${String(value).replace(/["\\]/g, "\\$&")}"`;
}
