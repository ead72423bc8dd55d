/** The longest that a timer can be set for, 24 days: it makes 1 ms of anything longer. */
export const longestDelayMs = 2 ** 31 - 1;

/**
 * A delay that a timer takes as it is meant: never negative, at most `longestDelayMs`. For every
 * timer whose delay is not a constant of ours. What is no number waits as long as it can: a loop
 * that never rests is worse.
 */
export function boundedDelay(ms: number): number {
  if (ms <= 0) return 0;
  return ms <= longestDelayMs ? ms : longestDelayMs;
}

/** Whether it is a delay as it stands, also one that is longer than a timer holds. */
export function isDelay(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && Number.isFinite(value);
}
