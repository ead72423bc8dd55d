import type { FieldType, KeyEquality } from "@syncline/core/spi";

/** What the server infers for a parameter: `datetime2(3)`, `decimal(38, 19)`, `varchar(8000)`. */
export interface InferredType {
  readonly name: string;
  /** Length or precision, and scale. */
  readonly sizes: readonly number[];
}

/**
 * Where a parameter stands: `cast`, where somebody has said what it becomes; `range`, beside `<`,
 * `>` or BETWEEN; or within what makes a text of it, whose spelling nobody has asked for.
 */
export type KeyPlace = "cast" | "range" | "equality" | { readonly textMaker: string };

/** What becomes of one occurrence of a parameter. */
export interface KeyUse {
  /** The type to give it; absent: the key field's own. */
  readonly sqlType?: string;
  readonly equality: KeyEquality;
  /** Why this can be no key, as a clause. */
  readonly refusal?: string;
  /** Refused wherever else the field stands. */
  readonly isFinal?: boolean;
}

const own: KeyUse = { equality: "exact" };
const final = (refusal: string): KeyUse => ({ equality: "exact", refusal, isFinal: true });

const byteTexts: ReadonlySet<string> = new Set(["char", "varchar", "text"]);
const texts: ReadonlySet<string> = new Set([...byteTexts, "nchar", "nvarchar", "ntext"]);
const floats: ReadonlySet<string> = new Set(["float", "real"]);
const zoneless: ReadonlySet<string> = new Set(["datetime", "smalldatetime", "datetime2"]);
const bytes: ReadonlySet<string> = new Set(["binary", "varbinary", "image", "timestamp", "rowversion"]);

const times: ReadonlySet<string> = new Set([...zoneless, "datetimeoffset", "date", "time"]);

/** The server reads them from a text as the session's language says, or past commas: `1,5` as 15. */
const checkedTexts: ReadonlySet<string> = new Set(["date", "datetimeoffset", "money", "smallmoney"]);

/** Their text in a template is none of a key's: a UUID has capitals, `1.5` nine digits after its point. */
const spelledOtherwise: ReadonlySet<FieldType> = new Set(["uuid", "decimal", "date", "timestamp"]);

/** By type: which values of a text field are equal to the server although their texts differ. */
const equalities: { readonly [name: string]: KeyEquality } = {
  uniqueidentifier: "uuid",
  decimal: "decimal",
  numeric: "decimal",
  money: "decimal",
  smallmoney: "decimal",
  bigint: "bigint",
  int: "bigint",
  smallint: "bigint",
  tinyint: "bigint",
  datetimeoffset: "timestamp",
};

/**
 * How a parameter of a key field is bound where the server infers this type for it.
 *
 * - A field that is no text keeps its own type among texts: its canonical text may differ from the
 *   column's (`7` and `007`), and the living row would not be found.
 * - Integers keep theirs: a bigint compares with any of them through the same index, and no value
 *   is too large for it.
 * - A day or an instant beside a text is read from the column by the session's language, and beside
 *   bytes a UUID or a number by how the server keeps it.
 * - `codePage`: all byte texts of the database have one, so that a key can be converted to it
 *   before it is compared.
 */
export function keyUseOf(
  field: FieldType,
  inferred: InferredType | undefined,
  place: KeyPlace,
  codePage: boolean,
): KeyUse {
  if (place === "cast") return own;
  if (typeof place === "object" && spelledOtherwise.has(field))
    return final(
      `is a ${field} and is made a text by ${place.textMaker}, which is spelled otherwise than a key is: say how, as in ` +
        "LOWER(CAST(:id AS char(36))) or CONVERT(char(10), :day, 23)",
    );
  if (inferred === undefined) return own;
  const { name } = inferred;
  if (floats.has(name))
    return { equality: "exact", refusal: `is compared as ${name}, and no floating-point number can be a key` };
  if (name === "sql_variant")
    return final("is compared as sql_variant, which is equal to values of its own type alone: CAST the column");
  if (field === "string") return textUse(inferred, codePage);
  if (texts.has(name)) return besideText(field);
  if (bytes.has(name) && !(isWhole(field) && (name === "timestamp" || name === "rowversion")))
    return final(
      `is a ${field} and is compared with ${name}, which has other bytes: CAST the key, as in CAST(:id AS binary(16))`,
    );
  if (times.has(name) && field !== "date" && field !== "timestamp")
    return final(
      `is a ${field} and is compared with a ${name}, which the server takes for a count of days: CAST the column`,
    );
  switch (field) {
    case "decimal":
      return decimalUse(inferred);
    case "date":
      return place === "equality" && (zoneless.has(name) || name === "datetimeoffset")
        ? final(`is a day and is compared with a ${name}: write CAST(column AS date) = :day, or >= and <`)
        : own;
    case "timestamp":
      return instantUse(inferred, place);
    default:
      return own;
  }
}

/** Whatever the column's text is, it becomes the field's type. */
function besideText(field: FieldType): KeyUse {
  if (field !== "date" && field !== "timestamp") return own;
  const styled = field === "date" ? "CONVERT(date, column, 23)" : "CONVERT(datetimeoffset(6), column, 127)";
  return final(
    `is a ${field} and is compared with a text, which is read as the session's language says: write how, as in ${styled}`,
  );
}

function isWhole(field: FieldType): boolean {
  return field === "integer" || field === "bigint";
}

function textUse({ name, sizes }: InferredType, codePage: boolean): KeyUse {
  // A comparison pads with blanks, whatever the type's length is.
  if (byteTexts.has(name)) return codePage ? { sqlType: "varchar", equality: "padded" } : { equality: "padded" };
  if (texts.has(name)) return { equality: "padded" };
  if (name === "datetime2") return { sqlType: `datetime2(${sizes[0] ?? 7})`, equality: "zoneless" };
  if (zoneless.has(name)) return { sqlType: name, equality: "zoneless" };
  if (bytes.has(name)) return final(`is a text and is compared with ${name}: CONVERT the column to a text`);
  const sqlType = checkedTexts.has(name)
    ? `${name}${name === "datetimeoffset" ? `(${sizes[0] ?? 7})` : ""}`
    : undefined;
  return { ...(sqlType === undefined ? {} : { sqlType }), equality: equalities[name] ?? "exact" };
}

/** The field's own type has nine digits after the point. */
function decimalUse({ name, sizes: [, scale = 0] }: InferredType): KeyUse {
  const isFiner = (name === "decimal" || name === "numeric") && scale > 9;
  return isFiner ? { sqlType: `decimal(38, ${scale})`, equality: "exact" } : own;
}

function instantUse({ name, sizes: [scale = 7] }: InferredType, place: KeyPlace): KeyUse {
  if (zoneless.has(name) || name === "date" || name === "time")
    return final(
      `is an instant and is compared with a ${name}, which has no zone: declare the field as string, or say which zone ` +
        `the column is in, as in column AT TIME ZONE 'UTC'; CAST(:at AS ${name}) takes it for UTC`,
    );
  if (name !== "datetimeoffset" || place === "range") return own;
  if (scale > 6)
    return final(
      "is compared with a datetimeoffset(7), and a key keeps six digits: make the column datetimeoffset(6), or say " +
        "CAST(:at AS datetimeoffset(6)) if its seventh digit is always 0",
    );
  return { sqlType: `datetimeoffset(${scale})`, equality: "exact" };
}

/** `decimal(10,2)`, `varchar(max)`; `undefined` for what the server does not name. */
export function parseType(text: string | null): InferredType | undefined {
  const match = /^([a-z_0-9]+)(?:\(([^)]*)\))?$/i.exec(text ?? "");
  if (match === null) return undefined;
  const [, name = "", sizes = ""] = match;
  return { name: name.toLowerCase(), sizes: sizes === "" ? [] : sizes.split(",").map(Number) };
}
