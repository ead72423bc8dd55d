import type { Condition, FieldType, KeyField, SqlDialect } from "@syncline/core/spi";
import { keySqlTypes } from "./key-types.ts";
import { isNumeric, keyBind, keyJson, keyValue } from "./key-values.ts";
import { quoteIdentifier } from "./sql/names.ts";
import { parameterName } from "./sql/parameters.ts";
import { refuseSet, refuseTemplate } from "./template/refusals.ts";

// Names that no template has by chance: its own alias would hide the keys', and a column that its tables lack would be
// taken from the keys without a word.
const keys = `"syncline keys"`;
const row = `"syncline row"`;
const ordinality = `"#"`;
const present = `"#present"`;

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
  parameter: (position, type, sqlType) => {
    const name = `:${parameterName(position)}`;
    // Not TO_NUMBER, which wants the session's decimal character.
    const value = isNumeric(type)
      ? `JSON_VALUE(${name}, '$[0]' RETURNING NUMBER ERROR ON ERROR)`
      : (typed(name, type) ?? `CAST(${name} AS VARCHAR2(4000))`);
    return castTo(value, sqlType);
  },
  nativeParameter: (position) => `:${parameterName(position)}`,
  bind: keyBind,
  keyColumn: (field) => `${keys}.${keyColumnName(field)}`,
  joinLateral,
  bindKeys: (fields, conditions) => [keysJson(fields, conditions)],
  attest: (template) => `SELECT CAST(0 AS NUMBER(9)) AS ${ordinality}, ${row}.*
FROM SYS.dual LEFT JOIN (
${numbered(template)}
) ${row} ON 1 = 1
ORDER BY 2`,
  refuse: refuseTemplate,
  refuseLateral: refuseSet,
};

function keyColumnName(field: KeyField): string {
  return quoteIdentifier(`#${field.column}`);
}

/** A text as a date or a time, by a format of its own: the session's has no say. */
function typed(text: string, type: FieldType): string | undefined {
  if (type === "date") return `TO_DATE(${text}, ${dateFormat})`;
  if (type === "timestamp") return `TO_TIMESTAMP_TZ(${text}, ${timestampFormat})`;
  return undefined;
}

function castTo(value: string, sqlType: string | undefined): string {
  switch (sqlType) {
    case undefined:
    case keySqlTypes.maybeEmpty:
      return value;
    // There is no CAST from digits to bytes.
    case keySqlTypes.raw:
      return `HEXTORAW(${value})`;
    case keySqlTypes.uuid:
      return `HEXTORAW(REPLACE(${value}, '-'))`;
    default:
      return `CAST(${value} AS ${sqlType})`;
  }
}

/**
 * A template's rows with their numbers. ROWNUM in a view around it keeps the view from being
 * merged, predicates out of it and its ORDER BY in it; and it is no constant, as which a marker
 * could survive an outer join that found nothing.
 */
function numbered(template: string): string {
  return `SELECT ROWNUM AS ${present}, "syncline template".* FROM (
${template}
) "syncline template"`;
}

/**
 * Keys come as one JSON text: an IN list ends at 1,000 elements (ORA-01795), and an array of binds is nothing that a SELECT
 * can join. ERROR ON ERROR, since what JSON_TABLE cannot read is otherwise NULL, and its key then without rows.
 *
 * - Every key has a row: OUTER APPLY, and a marker that is NULL without one of the template's.
 * - The template runs once for each key, in either form. Oracle turns lateral views into joins
 *   ("decorrelates" them), and then counts ROWNUM before the join: one row in all instead of one
 *   for each key (orasql.org, 2019-02-16; NO_DECORRELATE mends it there). Besides, it guesses that
 *   JSON_TABLE yields 8,168 rows, and would join a whole table to one key.
 * - The order is the template's, key by key: said, and not only hoped of the nested loop.
 * - The position is a NUMBER(9): a number of more digits, or of none, would travel as a text.
 * - No AS before an alias of a table, which Oracle does not take.
 */
function joinLateral(template: string, fields: readonly KeyField[]): string {
  const columns = fields.map(
    ({ type }, index) => `c${index + 1} ${isNumeric(type) ? "NUMBER" : "VARCHAR2(4000)"} PATH '$[${index + 1}]'`,
  );
  const values = fields.map((field, index) => {
    const column = `j.c${index + 1}`;
    return `${castTo(typed(column, field.type) ?? column, field.sqlType)} AS ${keyColumnName(field)}`;
  });
  return `SELECT CAST(${keys}.${ordinality} AS NUMBER(9)) AS ${ordinality}, ${row}.*
FROM (SELECT ${[`j.n AS ${ordinality}`, ...values].join(", ")}
        FROM JSON_TABLE(:${parameterName(1)}, '$[*]' ERROR ON ERROR COLUMNS (
               ${["n NUMBER PATH '$[0]'", ...columns].join(", ")})) j) ${keys}
OUTER APPLY (
SELECT /*+ NO_DECORRELATE NO_MERGE */ "syncline rows of a key".* FROM (
${numbered(template)}
) "syncline rows of a key"
) ${row}
ORDER BY 1, 2`;
}

/** `[[0,42,"x"],[1,43,"y"]]`: its position, and then a key's values in the order of the fields. */
function keysJson(fields: readonly KeyField[], conditions: readonly Condition[]): string {
  const rows = conditions.map((condition, position) => {
    const values = fields.map((field) => keyJson(keyValue(condition, field), field.type, field.sqlType));
    return `[${[position, ...values].join(",")}]`;
  });
  return `[${rows.join(",")}]`;
}
