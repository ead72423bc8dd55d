import { type Condition, type ConditionValue, type FieldType, SynclineError } from "@syncline/core/spi";

/**
 * The SQL types of key fields, where the server was not asked or its own would change nothing.
 * `integer` is a bigint too: a safe integer may exceed an int, and integers compare among
 * themselves without a scan. A `timestamp` is an instant.
 */
export const ownTypes: { readonly [Type in FieldType]: string } = {
  string: "nvarchar(400)",
  integer: "bigint",
  bigint: "bigint",
  decimal: "decimal(38, 9)",
  boolean: "bit",
  uuid: "uniqueidentifier",
  date: "date",
  timestamp: "datetimeoffset(6)",
};

/**
 * `text`, an expression of the type nvarchar(400), as a key of this type. Every conversion is
 * exact, or fails: a value that was rounded, cut or spelt in other letters would find another row,
 * or none, and a living row would be told as gone.
 */
export function keyExpression(text: string, type: FieldType, sqlType: string | undefined): string {
  if (sqlType === undefined) return type === "string" ? text : `CAST(${text} AS ${ownTypes[type]})`;
  if (sqlType === "varchar") return exactText(text);
  if (/^(small)?datetime/.test(sqlType)) return exactTime(text, sqlType);
  return `CAST(${text} AS ${sqlType})`;
}

/**
 * Long enough for 400 characters in UTF-8: a shorter type would cut a longer key, which would then
 * be another row's. Texts of all lengths compare through the same index.
 */
const anyVarchar = "varchar(1200)";

/**
 * A character that the code page lacks would become a similar one, or a question mark: the text
 * must be the same again.
 */
function exactText(text: string): string {
  const short = `CAST(${text} AS ${anyVarchar})`;
  const isSame = `CAST(${short} AS nvarchar(400)) = ${text} COLLATE Latin1_General_100_BIN2`;
  return `CASE WHEN ${isSame} THEN ${short} ELSE CAST(CAST(${text} AS int) AS ${anyVarchar}) END`;
}

/**
 * Style 126 reads ISO 8601 alone, whatever the session's language is. The old types are compared at
 * the precision that they have: as a datetime2(7), the datetime `.003` is `.0033333`.
 */
function exactTime(text: string, sqlType: string): string {
  const time = `CONVERT(${sqlType}, ${text}, 126)`;
  const [finest, same] = sqlType.startsWith("datetimeoffset")
    ? ["datetimeoffset(7)", time]
    : ["datetime2(7)", sqlType.startsWith("datetime2") ? time : `CAST(${time} AS datetime2(3))`];
  const fail = `CONVERT(${sqlType}, N'finer than the column: ' + ${text}, 126)`;
  return `CASE WHEN ${same} = CONVERT(${finest}, ${text}, 126) THEN ${time} ELSE ${fail} END`;
}

/**
 * A key's value as text. Errors: `query.data` for what is missing, and for a decimal that its type
 * would round.
 */
export function keyText(condition: Condition, name: string, type: FieldType, sqlType?: string): string {
  const value = condition[name];
  if (value === undefined) throw new SynclineError("query.data", `The key has no field "${name}".`);
  return checkedText(value, type, sqlType);
}

export function checkedText(value: ConditionValue, type: FieldType, sqlType?: string): string {
  const text = String(value);
  if (type === "string" && sqlType !== undefined) checkSpelling(text, sqlType);
  if (type !== "decimal") return text;
  const scale = Number(/^decimal\(38, (\d+)\)$/.exec(sqlType ?? ownTypes.decimal)?.[1] ?? 9);
  const [, whole = "", fraction = ""] = /^-?(\d*)(?:\.(\d*))?$/.exec(text) ?? [];
  if (whole.length <= 38 - scale && fraction.length <= scale) return text;
  const message = `The decimal key ${text} has more than ${38 - scale} digits before its point or ${scale} after it: make it a string field.`;
  throw new SynclineError("query.data", message);
}

/** What the server would read as the session's language says, or past a comma, and so as another value. */
function checkSpelling(text: string, sqlType: string): void {
  const isRead =
    sqlType === "date"
      ? /^\d{4}-\d{2}-\d{2}$|^\d{8}$/.test(text)
      : !/^(small)?money$/.test(sqlType) || /^[+-]?\d+(\.\d{0,4}0*)?$/.test(text);
  if (isRead) return;
  const form = sqlType === "date" ? "2026-03-31" : "1234.5";
  throw new SynclineError("query.data", `The key is compared with ${sqlType} and has to be written as ${form} is.`);
}
