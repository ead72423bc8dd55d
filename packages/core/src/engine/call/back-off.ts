import type { RetryPolicy } from "../../model/strategy.ts";

/** Full jitter: a random time below min(max, initial × 2ⁿ⁻¹), so that what failed together does not return together. */
export function backOff(policy: Required<RetryPolicy>, attempt: number, random: () => number): number {
  const ceiling = Math.min(policy.maxMs, policy.initialMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(random() * ceiling);
}

/** Doubles from `first` to `max`, with a tenth of jitter either way. For gates, which must not open at once. */
export function growing(first: number, max: number, times: number, random: () => number): number {
  const base = Math.min(max, first * 2 ** Math.min(times, 30));
  return Math.round(base * (0.9 + 0.2 * random()));
}
