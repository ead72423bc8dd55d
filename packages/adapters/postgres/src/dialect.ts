import {
  type Condition,
  type ConditionValue,
  type FieldType,
  type KeyField,
  type SqlDialect,
  SynclineError,
} from "@syncline/core/spi";
import { ownTypes } from "./key-types.ts";

// Names that no template has by chance: its own alias would hide the keys', and a column that its tables lack would be
// taken from the keys without a word.
export const keysAlias = "syncline keys";
const keys = `"${keysAlias}"`;
const position = `"#"`;
const row = `"syncline row"`;

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
  parameter: (number, type, sqlType) => `CAST($${number} AS ${sqlType ?? ownTypes[type]})`,
  nativeParameter: (number) => `$${number}`,
  bind: bound,
  keyColumn,
  joinLateral,
  bindKeys: (fields, conditions) => [
    `{${conditions.map((_, index) => index).join(",")}}`,
    ...fields.map((field) => arrayLiteral(field, conditions)),
  ],
  attest: (template) => answered(`(SELECT 0 AS ${position}) AS ${keys}`, template, ""),
  attestOne,
};

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll(`"`, `""`)}"`;
}

/**
 * What is known to be one column when it is unnested goes as an array of its own type. All else
 * goes as text, and is cast where it stands: an array of arrays has no rows of its own, and one of
 * a composite type has a column for each attribute, which would push the keys behind it out of
 * their places.
 */
function keyColumn(field: KeyField): string {
  const column = `${keys}.${keyColumnName(field)}`;
  return isUnnestedAsItIs(field) ? column : `CAST(${column} AS ${typeOf(field)})`;
}

function isUnnestedAsItIs({ sqlType }: KeyField): boolean {
  return sqlType === undefined || scalars.has(sqlType);
}

const scalars: ReadonlySet<string> = new Set(
  (
    "bool bytea char name int2 int4 int8 numeric oid text varchar bpchar uuid date time timetz timestamp timestamptz interval " +
    "bit varbit inet cidr macaddr macaddr8 json jsonb xid8 pg_lsn tid " +
    "regclass regtype regproc regprocedure regoper regoperator regconfig regdictionary regnamespace regrole"
  )
    .split(" ")
    .map((name) => `"pg_catalog"."${name}"`),
);

function keyColumnName(field: KeyField): string {
  return quoteIdentifier(`:${field.column}`);
}

function typeOf({ type, sqlType }: KeyField): string {
  return sqlType ?? ownTypes[type];
}

/**
 * `unnest` and not `jsonb_to_recordset`: the planner sees how many keys there are, where it takes any record set for
 * 100 rows, and no value passes through JSON. A template with ORDER BY, LIMIT, GROUP BY or DISTINCT is planned as it
 * stands and run per key, so its order is kept; a simpler one is joined, through an index or by a hash, as is cheaper.
 *
 * OFFSET 0 is what PostgreSQL takes for a fence: what is inside is planned by itself, for one key.
 */
function joinLateral(template: string, fields: readonly KeyField[], form: "joined" | "fenced"): string {
  const types = [
    "pg_catalog.int4",
    ...fields.map((field) => (isUnnestedAsItIs(field) ? typeOf(field) : ownTypes.string)),
  ];
  const arrays = types.map((type, index) => `pg_catalog.unnest($${index + 1}::${type}[])`).join(", ");
  const columns = [position, ...fields.map(keyColumnName)].join(", ");
  return answered(`ROWS FROM (${arrays}) AS ${keys}(${columns})`, template, form === "fenced" ? "\nOFFSET 0" : "");
}

/**
 * The planner puts the key into the template before it plans it: the statement is what somebody
 * would write for one key.
 */
function attestOne(template: string, fields: readonly KeyField[]): string {
  const values = fields.map((field, index) => `CAST($${index + 1} AS ${typeOf(field)}) AS ${keyColumnName(field)}`);
  return answered(`(SELECT ${[`0 AS ${position}`, ...values].join(", ")}) AS ${keys}`, template, "");
}

/** Every key of the source answers: with the template's rows, or with one whose second column is NULL. */
function answered(source: string, template: string, fence: string): string {
  return `SELECT ${keys}.${position}, ${row}.*
FROM ${source}
LEFT JOIN LATERAL (
SELECT true AS "present", "syncline template".* FROM (
${template}
) AS "syncline template"${fence}
) AS ${row} ON true`;
}

/** PostgreSQL's own text form of an array: no driver needs to know arrays. */
function arrayLiteral(field: KeyField, conditions: readonly Condition[]): string {
  const write = field.type === "string" ? quoteElement : String;
  return `{${conditions.map((condition) => write(keyValue(field, condition))).join(",")}}`;
}

/** Core reads no key that lacks a field; nothing may take its place in a comparison. */
function keyValue(field: KeyField, condition: Condition): string {
  const value = condition[field.name];
  if (value === undefined) throw new SynclineError("query.data", `The key has no field "${field.name}".`);
  return bound(value, field.type, field.sqlType);
}

/**
 * A text that means another time in another session is refused: the row that it stood for would not
 * be found.
 */
function bound(value: ConditionValue, type: FieldType, sqlType: string | undefined): string {
  const text = String(value);
  const form = type === "string" && sqlType !== undefined ? unambiguous.get(sqlType) : undefined;
  if (form === undefined || form.test(text)) return text;
  const message = `The key value ${JSON.stringify(text.slice(0, 40))} depends on a session's date style or time zone. Record it in ISO 8601, an instant with its zone.`;
  throw new SynclineError("query.data", message);
}

const unambiguous: ReadonlyMap<string, RegExp> = new Map([
  [`"pg_catalog"."date"`, /^(?:\d{4,7}-\d\d-\d\d(?!\d)|-?infinity$)/],
  [`"pg_catalog"."timestamp"`, /^(?:\d{4,7}-\d\d-\d\d(?!\d)|-?infinity$)/],
  [`"pg_catalog"."timestamptz"`, /^(?:\d{4,7}-\d\d-\d\d[ T].*(?:Z|[+-]\d\d(?::?\d\d){0,2})(?: BC)?|-?infinity)$/],
]);

function quoteElement(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}
