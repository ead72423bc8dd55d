import type { Condition, KeyField, SqlDialect } from "@syncline/core/spi";
import { markAttested } from "./attested.ts";
import { checkedText, keyExpression, keyText, ownTypes } from "./key-expression.ts";
import { quoteIdentifier } from "./sql/identifier.ts";
import type { TypedValue } from "./sql/read-batch.ts";
import { plainVariables } from "./template/plain-variables.ts";
import { refuseLateral } from "./template/refuse-lateral.ts";
import { refuse } from "./template/refuse-template.ts";

// Names that no template has by chance: its own alias would hide the keys', and a column that its tables lack would be
// taken from the keys without a word.
const keys = "[syncline keys]";
const position = "[#]";
const present = "[?]";

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
    doubleColonCast: true,
    nativeParameter: "@name",
  },
  quoteIdentifier,
  // Every value travels as nvarchar(400), so that there is one plan, and gets its type here: of the
  // key, or the one that the server infers there, so that it converts the key once and not the
  // column row by row.
  parameter: (number, type, sqlType) => keyExpression(`@p${number}`, type, sqlType),
  nativeParameter: (number) => `@p${number}`,
  bind: checkedText,
  keyColumn,
  joinLateral,
  bindKeys: (fields, conditions) => [keysJson(fields, conditions)],
  attest: (template) => markAttested(plainVariables(template)),
  refuseLateral,
  refuse,
};

/**
 * What has a type of its own is a column of the key set; a text, and what is made of one, is
 * converted where it stands.
 */
function isTyped({ type, sqlType }: KeyField): boolean {
  return type !== "string" && sqlType === undefined;
}

/**
 * A text of the key set has the database's collation, and comparing it with a column of another would be refused (error 468).
 * What is cast from binary has none of its own, as a parameter has, and takes the column's: so an index on it serves.
 */
function keyColumn(field: KeyField): string {
  const column = `${keys}.${quoteIdentifier(`:${field.column}`)}`;
  if (isTyped(field)) return column;
  const text = field.type === "string" ? `CAST(CAST(${column} AS varbinary(800)) AS nvarchar(400))` : column;
  return keyExpression(text, field.type, field.sqlType);
}

/**
 * OUTER APPLY, so that every key answers; `1 AS [?]` is NULL for one whose template yields no row.
 * A key of which a value could not be read has no answer, which is an error: it must not be
 * compared as NULL, and found nowhere.
 *
 * TOP, with a number that no result reaches, is a fence: the optimizer does not look through it,
 * and runs what is inside once for each key. (A hint such as LOOP JOIN would go for the whole
 * statement, and rule out better plans inside the template.)
 */
function joinLateral(template: string, fields: readonly KeyField[], form: "joined" | "fenced"): string {
  const columns = fields.map((field, index) => {
    const type = isTyped(field) ? ownTypes[field.type] : ownTypes.string;
    return `, ${quoteIdentifier(`:${field.column}`)} ${type} '$.k${index + 1}'`;
  });
  const isRead = fields.map(({ column }) => `${keys}.${quoteIdentifier(`:${column}`)} IS NOT NULL`);
  return `SELECT ${keys}.${position}, [syncline row].*
FROM OPENJSON(@p1) WITH (${position} int '$.n'${columns.join("")}) AS ${keys}
OUTER APPLY (
SELECT ${form === "fenced" ? "TOP (9223372036854775807) " : ""}1 AS ${present}, [syncline template].* FROM (
${template}
) AS [syncline template]
) AS [syncline row]
WHERE ${isRead.join(" AND ")}`;
}

function keysJson(fields: readonly KeyField[], conditions: readonly Condition[]): TypedValue {
  const rows = conditions.map((condition, n) => ({
    n,
    ...Object.fromEntries(
      fields.map(({ name, type, sqlType }, index) => [`k${index + 1}`, keyText(condition, name, type, sqlType)]),
    ),
  }));
  return { type: "nvarchar(max)", value: JSON.stringify(rows) };
}
