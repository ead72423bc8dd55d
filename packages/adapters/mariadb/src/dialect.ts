import { keyValue, perKeyForms } from "@syncline/core/adapter-kit";
import type { ConditionValue, FieldType, KeyField, SqlDialect } from "@syncline/core/spi";
import { SynclineError } from "@syncline/core/spi";
import { quoteIdentifier } from "./sql/identifier.ts";

/** MariaDB's spelling, and MySQL's. */
export const mariadbDialect: SqlDialect = {
  name: "mariadb",
  lexical: {
    identifierQuotes: [["`", "`"]],
    backslashEscapes: true,
    doubleQuotedStrings: true,
    hashComments: true,
    executableComments: true,
    dollarQuotes: false,
    alternativeQuotes: false,
    nestedComments: false,
    doubleColonCast: false,
    nativeParameter: "?",
  },
  quoteIdentifier,
  parameter: (position, type) => parameterOf(String(position), type),
  nativeParameter: (position) => markOf(String(position)),
  bind,
  keyColumn: ({ column, type }) => parameterOf(column, type),
  // It has no LATERAL: the template is prepared once, and all keys are on their way at the same time.
  ...perKeyForms(
    (fields, condition) => fields.map(({ name, type }) => bind(keyValue(condition, name), type)),
    numbered,
  ),
};

/**
 * A `?` that says whose value it is, since a field may stand in a template more than once: the
 * driver counts its parameters.
 */
export const marked = /\?\/\*key ([^*]+)\*\//g;

export function markOf(which: string): string {
  return `?/*key ${which}*/`;
}

function parameterOf(which: string, type: FieldType): string {
  const mark = markOf(which);
  // A number is compared with a text as a double, and a time with a text as a text.
  if (type === "decimal") return `CAST(${mark} AS DECIMAL(65, 30))`;
  if (type === "date") return `CAST(${mark} AS DATE)`;
  if (type === "timestamp") return `CAST(${mark} AS DATETIME(6))`;
  return mark;
}

/** The names of columns as positions from 1. */
function numbered(template: string, fields: readonly KeyField[]): string {
  const position = (name: string) => fields.findIndex(({ column }) => column === name) + 1;
  return template.replaceAll(marked, (_, name: string) => markOf(String(position(name))));
}

/** Of DECIMAL(65, 30). What does not fit would be cut to another number without a word. */
const decimalForm = /^-?\d{1,35}(?:\.\d{1,30})?$/;

/** Integers as such: a text in the place of one would be compared as a double. Times in UTC. */
function bind(value: ConditionValue, type: FieldType): bigint | string {
  if (type === "boolean") return value === true ? 1n : 0n;
  if (type === "integer" || type === "bigint") return BigInt(value);
  const text = String(value);
  if (type === "decimal" && !decimalForm.test(text)) {
    const message = "A decimal key can have 35 digits before its point and 30 behind it, and this one has more.";
    throw new SynclineError("query.data", message);
  }
  return type === "timestamp" ? text.replace("T", " ").replace("Z", "") : text;
}
