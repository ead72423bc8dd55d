import { mayNameColumn } from "./column-names.ts";
import { argumentsOf, isCall, parametersIn, type Word } from "./words.ts";

const aggregates: ReadonlySet<string> = new Set(
  "APPROX_COUNT_DISTINCT AVG CHECKSUM_AGG COUNT COUNT_BIG MAX MIN STDEV STDEVP STRING_AGG SUM VAR VARP".split(" "),
);

/** An aggregate that has a key in what it aggregates. */
export interface KeyAggregate {
  readonly name: string;
  readonly hasColumn: boolean;
}

/** Aggregates over a window are none: they belong to the query that they stand in, whatever is in them. */
export function keyAggregateIn(words: readonly Word[]): KeyAggregate | undefined {
  for (const [at, { upper }] of words.entries()) {
    if (!aggregates.has(upper) || !isCall(words, at)) continue;
    const [aggregated] = argumentsOf(words, at + 1);
    if (aggregated === undefined || parametersIn(words, aggregated).length === 0) continue;
    const isQuery = words.slice(aggregated.from, aggregated.to).some((word) => word.upper === "SELECT");
    if (isQuery || words[(words[at + 1]?.partner ?? at) + 1]?.upper === "OVER") continue;
    return { name: upper, hasColumn: mayNameColumn(words, aggregated) };
  }
  return undefined;
}
