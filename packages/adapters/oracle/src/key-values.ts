import { type Condition, type ConditionValue, type FieldType, type KeyField, SynclineError } from "@syncline/core/spi";
import { keySqlTypes } from "./key-types.ts";

/** NUMBER keeps 38 digits for certain, and more only sometimes: what had more could find another key's row. */
const mostDigits = 38;
/** Beyond ±10¹²⁵ and below 10⁻¹³⁰ there is no NUMBER. */
const mostWholeDigits = 125;
const mostPlaces = 130;

/**
 * A key value as one of an array's elements in JSON text. Numbers are JSON's own, which Oracle reads digit by digit and
 * whatever the session's decimal character is; a boolean is 1 or 0, as there is no other in SQL before 23ai.
 *
 * Errors: `query.data` for a number that NUMBER cannot hold, and for an empty text, which Oracle
 * takes for NULL: no comparison finds it, and its row would be told as deleted.
 */
export function keyJson(value: ConditionValue, type: FieldType, sqlType?: string): string {
  switch (type) {
    case "integer":
    case "bigint":
      return String(value);
    case "decimal":
      return exactDecimal(String(value));
    case "boolean":
      return value === true ? "1" : "0";
    case "timestamp":
      return JSON.stringify(timestampText(String(value)));
    default:
      return JSON.stringify(textOf(value, sqlType));
  }
}

/** Core reads no key that lacks a field; nothing may take its place in a comparison. */
export function keyValue(condition: Condition, { name }: KeyField): ConditionValue {
  const value = Object.hasOwn(condition, name) ? condition[name] : undefined;
  if (value === undefined) throw new SynclineError("query.data", `The key has no field "${name}".`);
  return value;
}

function textOf(value: ConditionValue, sqlType: string | undefined): string {
  if (value === "" && sqlType !== keySqlTypes.maybeEmpty) {
    const message = "A key value is an empty text, which is NULL in Oracle: the query must say what it means by it.";
    throw new SynclineError("query.data", message);
  }
  return String(value);
}

/** The same for a statement of one key. A JSON text may be no bare scalar before 21c, so a number is in a list. */
export function keyBind(value: ConditionValue, type: FieldType, sqlType?: string): string {
  if (type === "timestamp") return timestampText(String(value));
  return isNumeric(type) ? `[${keyJson(value, type)}]` : textOf(value, sqlType);
}

export function isNumeric(type: FieldType): boolean {
  return type === "integer" || type === "bigint" || type === "decimal" || type === "boolean";
}

/** `2024-01-02T03:04:05.6Z` as the format wants it: six places, and an offset. */
function timestampText(canonical: string): string {
  const [seconds = "", fraction = ""] = canonical.slice(0, -1).split(".");
  return `${seconds}.${fraction.padEnd(6, "0")}+00:00`;
}

function exactDecimal(digits: string): string {
  const [whole = "", fraction = ""] = digits.replace("-", "").split(".");
  const significant = `${whole}${fraction}`.replace(/^0+|(?<!0)0+$/g, "");
  if (significant.length > mostDigits || whole.length > mostWholeDigits || fraction.length > mostPlaces) {
    const message = `A decimal key value has ${significant.length} digits, and a NUMBER of Oracle keeps ${mostDigits}.`;
    throw new SynclineError("query.data", message);
  }
  return digits;
}
