import type { Failure, Outcome } from "../../model/outcome.ts";

/**
 * The outcome with every wish for later above 0 and up to `maxMs`. A transport's year, or its NaN,
 * would put an item off for ever; and who names a time that is past, or none at all, wishes
 * nothing.
 */
export function withSaneRetryAfter(outcome: Outcome, maxMs: number): Outcome {
  switch (outcome.status) {
    case "accepted":
      return outcome;
    case "failed":
      return isSane(outcome.failure, maxMs) ? outcome : { status: "failed", failure: bounded(outcome.failure, maxMs) };
    default: {
      if (outcome.failures.every(({ failure }) => isSane(failure, maxMs))) return outcome;
      const failures = outcome.failures.map(({ index, failure }) => ({ index, failure: bounded(failure, maxMs) }));
      return { status: outcome.status, failures };
    }
  }
}

function isSane({ retryAfterMs }: Failure, maxMs: number): boolean {
  return retryAfterMs === undefined || (retryAfterMs > 0 && retryAfterMs <= maxMs);
}

function bounded(failure: Failure, maxMs: number): Failure {
  if (isSane(failure, maxMs)) return failure;
  const { retryAfterMs, ...rest } = failure;
  return Number(retryAfterMs) > maxMs ? { ...rest, retryAfterMs: maxMs } : rest;
}
