/** A century: what is longer would lead beyond the last year that the database knows. */
const longestMs = 100 * 366 * 86_400_000;

/** Whole milliseconds, for a bigint. What is less than one is one: no lease and no back-off is shorter than asked for. */
export function wholeMs(milliseconds: number): number {
  return Math.min(longestMs, Math.ceil(milliseconds));
}
