import { conditionOf } from "../../model/condition.ts";
import type { Strategy } from "../../model/strategy.ts";
import { withAbsences } from "./absences.ts";
import { isOfCategory, unfit } from "./key-fit.ts";
import { deferred, type KeyReading } from "./key-reading.ts";
import { type ReaderParts, SetRead } from "./set-read.ts";

export interface ReadLimits {
  /** Bytes that all keys together may bring. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Reads the current rows of many keys of one strategy as a set, in the form that the database says
 * is cheapest. What fails in one form is tried in the others; what fails in all of them halves the
 * set until the key at fault stands alone: log₂ N statements more for one bad key among N. What is
 * too much for one read is cut in two as well, and the second part is left for another time, since
 * both together would be as much as before.
 *
 * @returns one reading per key, in order.
 */
export async function readKeys(
  parts: ReaderParts,
  strategy: Strategy,
  keys: readonly string[],
  limits: ReadLimits,
): Promise<readonly KeyReading[]> {
  const { category } = strategy;
  const conditions = keys.map((key) => (isOfCategory(category, key) ? conditionOf(key) : undefined));
  const fitting = conditions.filter((condition) => condition !== undefined);
  const read =
    fitting.length === 0 ? [] : await new SetRead(parts, strategy, limits.signal).read(fitting, limits.maxBytes);
  const readings = await withAbsences(parts, strategy, read, limits);
  let next = 0;
  return conditions.map((condition, index) => {
    if (condition === undefined) return { result: "failed", failure: unfit(category, keys[index] ?? "") };
    next += 1;
    return readings[next - 1] ?? deferred;
  });
}
