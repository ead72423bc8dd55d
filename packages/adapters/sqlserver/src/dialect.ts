import {
  type Condition,
  type ConditionValue,
  type FieldType,
  type KeyField,
  type SqlDialect,
  SynclineError,
} from "@syncline/core/spi";
import { quoteIdentifier } from "./sql/identifier.ts";
import type { TypedValue } from "./sql/read-batch.ts";
import { shapeOf } from "./template-shape.ts";

/**
 * The SQL types of key fields. `integer` is a bigint too: a safe integer may exceed an int, and integers compare among
 * themselves without a scan. A `timestamp` is an instant, as `datetimeoffset` is; a `datetime2` column counts as UTC.
 */
const sqlTypes: { readonly [Type in FieldType]: string } = {
  string: "nvarchar(400)",
  integer: "bigint",
  bigint: "bigint",
  decimal: "decimal(38, 9)",
  boolean: "bit",
  uuid: "uniqueidentifier",
  date: "date",
  timestamp: "datetimeoffset(6)",
};

// Names that no template has by chance: its own alias would hide the keys', and a column that its tables lack would be
// taken from the keys without a word.
const keys = "[syncline keys]";
const ordinality = "[#]";

/** SQL Server's spelling. */
export const sqlServerDialect: SqlDialect = {
  name: "sqlserver",
  lexical: {
    identifierQuotes: [
      ["[", "]"],
      [`"`, `"`],
    ],
    dollarQuotes: false,
    alternativeQuotes: false,
    nestedComments: true,
    doubleColonCast: false,
    nativeParameter: "@name",
  },
  quoteIdentifier,
  // Every value travels as nvarchar(400), so that there is one plan, and gets its type here: of the key, and never of the
  // column, which would otherwise be converted row by row.
  parameter: (position, type) => (type === "string" ? `@p${position}` : `CAST(@p${position} AS ${sqlTypes[type]})`),
  bind: (value, type) => checked(value, type),
  keyColumn,
  joinLateral,
  bindKeys: (fields, conditions) => [keysJson(fields, conditions)],
  refuseLateral,
};

/**
 * A text of the key set has the database's collation, and comparing it with a column of another would be refused (error 468).
 * What is cast from binary has none of its own, as a parameter has, and takes the column's: so an index on it serves.
 */
function keyColumn({ name, type }: KeyField): string {
  const column = `${keys}.${quoteIdentifier(`:${name}`)}`;
  return type === "string" ? `CAST(CAST(${column} AS varbinary(800)) AS nvarchar(400))` : column;
}

function joinLateral(template: string, fields: readonly KeyField[]): string {
  const columns = fields.map(
    ({ name, type }, index) => `, ${quoteIdentifier(`:${name}`)} ${sqlTypes[type]} '$.k${index + 1}'`,
  );
  return `SELECT ${keys}.${ordinality} AS ${ordinality}, [syncline row].*
FROM OPENJSON(@p1) WITH (${ordinality} int '$.n'${columns.join("")}) AS ${keys}
CROSS APPLY (
${template}
) AS [syncline row]`;
}

function keysJson(fields: readonly KeyField[], conditions: readonly Condition[]): TypedValue {
  const rows = conditions.map((condition, n) => ({
    n,
    ...Object.fromEntries(
      fields.map(({ name, type }, index) => [`k${index + 1}`, checked(condition[name] ?? "", type)]),
    ),
  }));
  return { type: "nvarchar(max)", value: JSON.stringify(rows) };
}

/** A decimal beyond `decimal(38, 9)` would be rounded to another key. Errors: `query.data`. */
function checked(value: ConditionValue, type: FieldType): string {
  const text = String(value);
  if (type !== "decimal" || /^-?\d{1,29}(\.\d{1,9})?$/.test(text)) return text;
  const message = `The decimal key ${text} has more than 29 digits before its point or 9 after it: make it a string field.`;
  throw new SynclineError("query.data", message);
}

function refuseLateral(template: string): string | undefined {
  const { refusal, hasExpressions, isOrdered, isLimited } = shapeOf(template);
  if (refusal !== undefined) return refusal;
  if (hasExpressions) return "SQL Server takes no query that begins with WITH as a sub-query.";
  if (isOrdered && !isLimited) return "SQL Server takes no sub-query with ORDER BY, unless there is a TOP or OFFSET.";
  return undefined;
}
