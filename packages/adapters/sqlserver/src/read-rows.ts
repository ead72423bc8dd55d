import { ByteLimit } from "@syncline/core/adapter-kit";
import { type QueryLimits, SynclineError, type WireValue } from "@syncline/core/spi";
import type { MssqlColumn, MssqlRequest } from "./driver.ts";
import { translateError, type WordsShown } from "./errors.ts";
import { type ConvertValue, converterOf, decimalTextConverter, inexact } from "./wire-values.ts";

/** One result set, as it came. */
export interface ReadResult {
  readonly columns: readonly MssqlColumn[];
  readonly rows: readonly (readonly WireValue[])[];
  /** A decimal in it may have lost digits. */
  readonly isInexact: boolean;
}

/** For each result set, the columns that are decimals cast to texts. */
export type CastColumns = readonly (ReadonlySet<number> | undefined)[];

/**
 * Reads the result sets of a request row by row, so that no more than allowed is ever held, but for the last row: then the
 * request is cancelled.
 *
 * Errors: `query.row-limit`, `query.byte-limit`, and everything that `translateError` says.
 */
export async function readRows(
  request: MssqlRequest,
  text: string,
  { maxRows, maxBytes, numbers }: QueryLimits,
  casts: CastColumns,
  shown: WordsShown,
): Promise<readonly ReadResult[]> {
  const results: OpenResult[] = [];
  const byteLimit = new ByteLimit(maxBytes);
  let failure: unknown;
  const stopWith = (reason: unknown) => {
    failure ??= reason;
    request.cancel();
  };
  request.arrayRowMode = true;
  request.stream = true;
  request.on("recordset", (columns: readonly MssqlColumn[]) => {
    try {
      results.push(new OpenResult(columns, numbers, casts[results.length]));
    } catch (error) {
      stopWith(error);
    }
  });
  request.on("row", (row: readonly unknown[]) => {
    if (failure !== undefined) return;
    try {
      results.at(-1)?.add(row, maxRows, byteLimit);
    } catch (error) {
      stopWith(error);
    }
  });
  request.on("error", (error: unknown) => {
    failure ??= error;
  });
  await request.query(text);
  if (failure !== undefined) throw translateError(failure, "query", shown);
  return results;
}

class OpenResult implements ReadResult {
  readonly columns: readonly MssqlColumn[];
  readonly rows: (readonly WireValue[])[] = [];
  isInexact = false;
  readonly #converters: readonly ConvertValue[];

  constructor(columns: readonly MssqlColumn[], numbers: QueryLimits["numbers"], cast: ReadonlySet<number> | undefined) {
    this.columns = columns;
    this.#converters = columns.map((column, index) =>
      cast?.has(index) ? decimalTextConverter(numbers) : converterOf(column, numbers),
    );
  }

  add(row: readonly unknown[], maxRows: number, byteLimit: ByteLimit): void {
    if (this.rows.length >= maxRows)
      throw new SynclineError("query.row-limit", `The query yields more than ${maxRows} rows.`);
    const values = row.map((value, index) => this.#valueOf(value, index));
    byteLimit.add(values);
    this.rows.push(values);
  }

  #valueOf(value: unknown, index: number): WireValue {
    if (value === null || value === undefined) return null;
    const converted = this.#converters[index]?.(value) ?? null;
    if (converted !== inexact) return converted;
    this.isInexact = true;
    return null;
  }
}
