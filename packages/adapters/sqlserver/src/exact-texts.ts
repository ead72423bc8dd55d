import { SynclineError } from "@syncline/core/spi";
import type { MssqlColumn } from "./driver.ts";
import { quoteIdentifier } from "./sql/identifier.ts";
import type { TemplateShape } from "./template-shape.ts";
import { isDecimal } from "./wire-values.ts";

/** A query that reads its decimals as texts. */
export interface ExactText {
  readonly text: string;
  /** The columns that are cast. */
  readonly casts: ReadonlySet<number>;
}

/** The queries of which a decimal was met that the driver cannot read: it makes doubles of them. */
export interface ExactTexts {
  of(text: string): ExactText | undefined;
  /** Errors: `query.invalid` if the query cannot stand as a sub-query; it says what to do. */
  learn(text: string, shape: TemplateShape, columns: readonly MssqlColumn[]): void;
}

const mostTexts = 1_000;

export function exactTexts(): ExactTexts {
  const known = new Map<string, ExactText>();
  return {
    of: (text) => known.get(text),
    learn(text, shape, columns) {
      if (known.size >= mostTexts) known.clear();
      known.set(text, castDecimals(text, shape, columns));
    },
  };
}

function castDecimals(text: string, shape: TemplateShape, columns: readonly MssqlColumn[]): ExactText {
  const casts = new Set(columns.flatMap((column, index) => (isDecimal(column) === undefined ? [] : [index])));
  if (shape.hasExpressions || shape.isOrdered || shape.hasOption) {
    const names = [...casts].map((index) => `"${columns[index]?.name}"`).join(", ");
    const message = `A decimal of the query has more digits than the driver reads exactly: CAST ${names} AS varchar(50) in the query.`;
    throw new SynclineError("query.invalid", message);
  }
  const selected = columns.map((column) => {
    const name = quoteIdentifier(column.name);
    const type = isDecimal(column);
    if (type === undefined) return name;
    // As a text, money has two digits after its point; it is a decimal of four.
    return `CONVERT(varchar(50), ${type === "money" ? `CAST(${name} AS decimal(19, 4))` : name}) AS ${name}`;
  });
  return { text: `SELECT ${selected.join(", ")} FROM (\n${text}\n) AS [syncline rows]`, casts };
}
