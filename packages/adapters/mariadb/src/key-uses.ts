import type { FieldType, KeyEquality } from "@syncline/core/spi";

/** What the server makes of one occurrence of a key field in a template. */
export type KeyUse =
  /** It stands beside a value of this type: `int`, `datetime`. */
  | { readonly as: "typed"; readonly type: string; readonly operation: string }
  /** It is used as text, beside such collations; `binary` is that of bytes. */
  | { readonly as: "text"; readonly collations: readonly string[]; readonly isPadded: boolean }
  /** The template converts it in words, as by CAST. */
  | { readonly as: "converted" }
  /** It is a column of the answer. */
  | { readonly as: "selected" }
  /** An argument of some function, or compared with NULL: nothing is known. */
  | { readonly as: "unknown" };

const whole = ["boolean", "tinyint", "smallint", "mediumint", "int", "bigint", "year", "bit"];

/** By the type of a key field, the types among whose values it finds its own, however they are written. */
const fitting: { readonly [Type in FieldType]: readonly string[] } = {
  integer: [...whole, "decimal"],
  bigint: [...whole, "decimal"],
  decimal: [...whole, "decimal"],
  boolean: whole,
  uuid: ["uuid"],
  date: ["date", "datetime", "timestamp"],
  timestamp: ["timestamp"],
  string: ["uuid", "inet4", "inet6"],
};

const declared: readonly (readonly [types: readonly string[], field: FieldType])[] = [
  [whole, "bigint"],
  [["decimal"], "decimal"],
  [["date"], "date"],
  [["datetime", "timestamp"], "timestamp"],
  [["uuid"], "uuid"],
  [["inet4", "inet6"], "string"],
];

/** Its result is what is compared, if anything is. */
const notComparing: ReadonlySet<string> = new Set(
  "+ - * / % div mod & | ^ << >> date_add_interval coalesce ifnull nvl nvl2 if UNION".split(" "),
);

/** A day is equal to one time of it, midnight. */
const hasTimeOfDay: ReadonlySet<string> = new Set(["datetime", "timestamp"]);
const equality = /^(?:=|<=>|in)$/i;

/** Why a living row may not be found by this use; a clause after the field's name. */
export function refusal(name: string, field: FieldType, use: KeyUse): string | undefined {
  if (use.as === "text") return textRefusal(name, field, use.collations);
  if (use.as !== "typed" || notComparing.has(use.operation)) return undefined;
  const { type } = use;
  if (field === "date" && hasTimeOfDay.has(type) && equality.test(use.operation))
    return (
      `is a day and is compared with a ${type}, which has a time of day: write CAST(made AS DATE) = :${name}, ` +
      `or made >= :${name} AND made < :${name} + INTERVAL 1 DAY, which an index serves`
    );
  if (fitting[field].includes(type)) return undefined;
  if (type === "float" || type === "double")
    return `is compared as ${type}, and no floating-point number can be a key: cast the column to DECIMAL`;
  if (field === "timestamp" && type === "datetime")
    return `is an instant and is compared with a datetime, which has no zone: CAST(:${name} AS DATETIME(6)) takes it for UTC`;
  const wanted = declared.find(([types]) => types.includes(type))?.[1];
  const advice =
    wanted === undefined ? `convert it, as in CAST(:${name} AS ${type})` : `declare the field as "${wanted}"`;
  return `has the type ${field} and is compared as ${type}: ${advice}`;
}

function textRefusal(name: string, field: FieldType, collations: readonly string[]): string | undefined {
  if (collations.includes("binary")) {
    const advice = field === "string" ? `CAST(:${name} AS BINARY)` : `UNHEX(REPLACE(:${name}, '-', ''))`;
    return `is compared as bytes, and no key is bytes: convert it in words, as in ${advice}`;
  }
  if (field === "string") return undefined;
  const collation = collations[0] === undefined ? "" : ` (${collations[0]})`;
  return (
    `has the type ${field} and is compared as text${collation}, where a row that is spelled otherwise would be taken for ` +
    `deleted: declare the field as "string"; or write CAST(:${name} AS CHAR) if all rows are spelled as Syncline does it`
  );
}

/** Whether this use finds the row if there is one; what is not known does not. */
export function findsItsRow(field: FieldType, use: KeyUse): boolean {
  if (use.as === "typed") return fitting[field].includes(use.type) && refusal("", field, use) === undefined;
  return use.as === "converted" || (use.as === "text" && refusal("", field, use) === undefined);
}

/** Which texts are equal to the server although they differ; `undefined`: this use does not say. */
export function equalityOf(use: KeyUse): KeyEquality | undefined {
  if (use.as === "text") return use.isPadded ? "padded" : "exact";
  if (use.as !== "typed") return undefined;
  if (use.type === "uuid") return "uuid";
  return use.type === "inet4" || use.type === "inet6" ? "inet" : undefined;
}
