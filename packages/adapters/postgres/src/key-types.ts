import type { FieldType, KeyEquality } from "@syncline/core/spi";

/**
 * The SQL types of key fields, where the server was not asked or cannot say. `integer` is a bigint
 * too: a safe integer may exceed int4, and all integer types share one operator family, so an index
 * on an int4 or int2 column serves.
 */
export const ownTypes: { readonly [Type in FieldType]: string } = {
  string: "pg_catalog.text",
  integer: "pg_catalog.int8",
  bigint: "pg_catalog.int8",
  decimal: "pg_catalog.numeric",
  boolean: "pg_catalog.bool",
  uuid: "pg_catalog.uuid",
  date: "pg_catalog.date",
  timestamp: "pg_catalog.timestamptz",
};

/** What PostgreSQL infers for a parameter, as its catalog names the type. */
export interface InferredType {
  readonly schema: string;
  /** Of an array, its element's. */
  readonly name: string;
  readonly isArray: boolean;
}

/** What becomes of one occurrence of a parameter. */
export type KeyUse =
  /** It has the inferred type, as `$1` in hand-written SQL has. */
  | { readonly use: "inferred"; readonly equality: KeyEquality }
  /** It has the key field's own type if the server takes that there, the inferred type otherwise. */
  | { readonly use: "own if accepted"; readonly equality: KeyEquality }
  /** It has the key field's own type. */
  | { readonly use: "own"; readonly equality: KeyEquality }
  /** The inferred type can be no key. A clause: `has the type "float8", …`. */
  | {
      readonly use: "refused";
      readonly reason: string;
      /** Wherever else the field stands. */
      readonly isFinal?: boolean;
    };

const texts: ReadonlySet<string> = new Set(["text", "varchar", "bpchar", "citext", "name", "char", "unknown"]);
const floats: ReadonlySet<string> = new Set(["float4", "float8"]);

const integers = ["int2", "int4", "int8", "oid", "numeric"];

/** Types in which a field that is no text has the same value, and finds what is equal to it. */
const alike: { readonly [Type in Exclude<FieldType, "string">]: readonly string[] } = {
  integer: integers,
  bigint: integers,
  decimal: integers,
  boolean: ["bool"],
  uuid: ["uuid"],
  date: ["date", "timestamp", "timestamptz"],
  timestamp: ["timestamptz", "date"],
};

/** By type: which values of a text field are equal to the server although their texts differ. */
const equalities: { readonly [name: string]: KeyEquality } = {
  bpchar: "padded",
  citext: "caseless",
  timestamp: "zoneless",
  timestamptz: "timestamp",
  uuid: "uuid",
  numeric: "decimal",
  inet: "inet",
  int2: "bigint",
  int4: "bigint",
  int8: "bigint",
};

/**
 * How a parameter of a key field is bound where the server infers this type for it.
 *
 * - A field that is no text keeps its own type among texts: its canonical text may differ from the
 *   column's (`7` and `007`, a UUID in capitals), and the living row would not be found. The server
 *   then refuses the comparison, in words.
 * - Floating-point numbers are not equal to what they are written as.
 * - A time without a zone is another instant in each zone; compared with an instant, the session's
 *   would decide.
 * - A day is equal to one time of it, midnight: rows of another time would be taken for deleted.
 *
 * @param isEqual it stands beside `=`.
 */
export function keyUseOf(field: FieldType, { name, isArray }: InferredType, isEqual = false): KeyUse {
  if (isArray) return { use: field === "string" ? "inferred" : "own if accepted", equality: "exact" };
  if (floats.has(name))
    return {
      use: "refused",
      reason: `is compared as ${name}, and no floating-point number can be a key: cast the column or the key to numeric`,
    };
  if (name === "money") {
    return {
      use: "refused",
      reason: "is compared as money, whose text depends on the locale: use numeric, or a number",
    };
  }
  if (field === "timestamp" && name === "timestamp") {
    const reason =
      "is an instant and is compared with a timestamp that has no zone: say which zone it is in, as in " +
      "(:at AT TIME ZONE 'UTC'), or declare the field as string";
    return { use: "refused", reason };
  }
  if (field === "date" && isEqual && (name === "timestamp" || name === "timestamptz")) {
    const reason =
      `is a day and is compared with a ${name}, which has a time of day: write made::date = :day, ` +
      "or made >= :day AND made < :day + 1, which an index serves";
    return { use: "refused", reason, isFinal: true };
  }
  if (field === "string") return { use: "inferred", equality: equalities[name] ?? "exact" };
  if (texts.has(name)) return { use: "own", equality: "exact" };
  // `range @> :id` infers a range, and means its element.
  return { use: alike[field].includes(name) ? "inferred" : "own if accepted", equality: "exact" };
}
