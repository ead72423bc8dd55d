import type { Condition, FieldType, KeyField, SqlDialect } from "@syncline/core/spi";
import { isNumeric, keyBind, keyJson } from "./key-values.ts";
import { quoteIdentifier } from "./sql/names.ts";
import { parameterName } from "./sql/parameters.ts";

// Names that no template has by chance: its own alias would hide the keys', and a column that its tables lack would be
// taken from the keys without a word.
const keys = `"syncline keys"`;
const ordinality = `"#"`;

const dateFormat = "'YYYY-MM-DD'";
const timestampFormat = `'YYYY-MM-DD"T"HH24:MI:SS.FF6TZH:TZM'`;

/** Oracle's spelling. */
export const oracleDialect: SqlDialect = {
  name: "oracle",
  lexical: {
    identifierQuotes: [[`"`, `"`]],
    dollarQuotes: false,
    alternativeQuotes: true,
    nestedComments: false,
    doubleColonCast: false,
    nativeParameter: ":1",
  },
  quoteIdentifier,
  parameter: (position, type) => {
    const name = `:${parameterName(position)}`;
    // Not TO_NUMBER, which wants the session's decimal character.
    if (isNumeric(type)) return `JSON_VALUE(${name}, '$[0]' RETURNING NUMBER ERROR ON ERROR)`;
    return typed(name, type) ?? `CAST(${name} AS VARCHAR2(4000))`;
  },
  bind: keyBind,
  keyColumn: (field) => `${keys}.${keyColumnName(field)}`,
  joinLateral,
  bindKeys: (fields, conditions) => [keysJson(fields, conditions)],
  refuseLateral: (template) =>
    startsWithCommonTable.test(template)
      ? "Oracle lets a common table expression see nothing of what it is joined to."
      : undefined,
};

/** Comments and parentheses may come before it. */
const startsWithCommonTable = /^(?:\s|\(|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/)*WITH\b/i;

function keyColumnName(field: KeyField): string {
  return quoteIdentifier(`#${field.name}`);
}

/** A text as a date or a time, by a format of its own: the session's has no say. */
function typed(text: string, type: FieldType): string | undefined {
  if (type === "date") return `TO_DATE(${text}, ${dateFormat})`;
  if (type === "timestamp") return `TO_TIMESTAMP_TZ(${text}, ${timestampFormat})`;
  return undefined;
}

/**
 * Keys come as one JSON text: an IN list ends at 1,000 elements (ORA-01795), and an array of binds is nothing that a SELECT
 * can join. ERROR ON ERROR, since what JSON_TABLE cannot read is otherwise NULL, and its key then without rows.
 *
 * The position is a NUMBER(9): a number of more digits, or of none, would travel as a text. No AS before an alias of a
 * table, which Oracle does not take.
 */
function joinLateral(template: string, fields: readonly KeyField[]): string {
  const columns = fields.map(
    ({ type }, index) => `c${index + 1} ${isNumeric(type) ? "NUMBER" : "VARCHAR2(4000)"} PATH '$[${index + 1}]'`,
  );
  const values = fields.map((field, index) => {
    const column = `j.c${index + 1}`;
    return `${typed(column, field.type) ?? column} AS ${keyColumnName(field)}`;
  });
  return `SELECT CAST(${keys}.${ordinality} AS NUMBER(9)) AS ${ordinality}, "syncline row".*
FROM (SELECT ${[`j.n AS ${ordinality}`, ...values].join(", ")}
        FROM JSON_TABLE(:${parameterName(1)}, '$[*]' ERROR ON ERROR COLUMNS (
               ${["n NUMBER PATH '$[0]'", ...columns].join(", ")})) j) ${keys}
CROSS APPLY (
${template}
) "syncline row"`;
}

/** `[[0,42,"x"],[1,43,"y"]]`: its position, and then a key's values in the order of the fields. */
function keysJson(fields: readonly KeyField[], conditions: readonly Condition[]): string {
  const rows = conditions.map((condition, position) => {
    const values = fields.map(({ name, type }) => keyJson(condition[name] ?? "", type));
    return `[${[position, ...values].join(",")}]`;
  });
  return `[${rows.join(",")}]`;
}
