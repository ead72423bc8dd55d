import type { CategorySource } from "./category-source.ts";

/**
 * The types a key field can have.
 *
 * | type | accepted by `changed()` | canonical form |
 * |---|---|---|
 * | `string` | string | as is |
 * | `integer` | safe integer | JSON number |
 * | `bigint` | bigint, safe integer, digits | digits as a string, −2⁶³ … 2⁶³−1 |
 * | `decimal` | finite number, decimal digits | plain digits as a string, no exponent, no trailing zeros |
 * | `boolean` | boolean | JSON boolean |
 * | `uuid` | string | lower case with hyphens |
 * | `date` | `YYYY-MM-DD` | the same |
 * | `timestamp` | ISO 8601 with zone, no Date: it loses microseconds | UTC, `YYYY-MM-DDTHH:MM:SS[.f]Z`, up to microseconds, no trailing zeros |
 */
export type FieldType = "string" | "integer" | "bigint" | "decimal" | "boolean" | "uuid" | "date" | "timestamp";

export type CategoryFields = { readonly [field: string]: FieldType };

interface FieldInputs {
  readonly string: string;
  readonly integer: number;
  readonly bigint: bigint | number | string;
  readonly decimal: number | string;
  readonly boolean: boolean;
  readonly uuid: string;
  readonly date: string;
  readonly timestamp: string;
}

/** What an application passes as the key values of a change: inferred from the category's fields. */
export type ConditionInput<Fields extends CategoryFields = CategoryFields> = {
  readonly [Field in keyof Fields]: FieldInputs[Fields[Field]];
};

/** An entry of the data dictionary, as data: a name and its typed key fields. */
export interface CategoryDefinition<Name extends string = string, Fields extends CategoryFields = CategoryFields> {
  /** A letter, then letters, digits, `_`, `.` or `-`; at most 64 characters. */
  readonly name: Name;
  /** Field names: a letter or `_`, then letters, digits or `_`; at most 30 characters (Oracle's older limit). */
  readonly fields: Fields;
  /** The table that it is about, where the database shall know. */
  readonly source?: CategorySource;
}
