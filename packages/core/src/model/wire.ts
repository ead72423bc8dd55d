/**
 * What every transport can carry: what JSON can say.
 *
 * Numbers that JavaScript cannot hold exactly (64-bit integers, decimals) travel as strings, times as ISO 8601 in
 * UTC, binary as base64. A `QueryRunner` delivers its rows in this form.
 */
export type WireValue =
  | null
  | boolean
  | number
  | string
  | readonly WireValue[]
  | { readonly [name: string]: WireValue };

/** One row, or one document composed of a row whose column aliases had dots. */
export type WireRow = { readonly [column: string]: WireValue };
