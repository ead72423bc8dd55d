import type { Failure, FailureKind } from "../model/outcome.ts";

/** What one kind of failure means, wherever it is asked. */
export interface FailurePolicy {
  /**
   * An item that fails alone. `dead`: a dead letter at once. `attempt`: one of its attempts is gone.
   * `release`: put back without a mark, since an outage is no fault of an item.
   */
  readonly item: "dead" | "attempt" | "release";
  /** A batch that fails as a whole. `halve`: until the item at fault stands alone. */
  readonly batch: "halve" | "alike";
  /**
   * The lane's circuit breaker. `close`: the downstream works. `count`: opens after some in a row.
   * `throttle`: opens for the time that the downstream asks for. `suspend`: opens for a slow probe.
   * `doubt`: as a probe it proves nothing, so that another follows soon; otherwise nothing.
   */
  readonly lane: "close" | "count" | "throttle" | "suspend" | "doubt" | "nothing";
  /** All lanes of the downstream. `suspend`: for a slow probe, with an alarm. */
  readonly downstream: "close" | "suspend" | "nothing";
  /** The downstream is there and judged the call: an item whose calls hang meanwhile is at fault itself. */
  readonly isAnswer: boolean;
  /** A check that finds it keeps the lane's circuit open. */
  readonly keepsOpen: boolean;
  /** The part that health names while it lasts. */
  readonly health: "strategy" | "downstream" | "nothing";
  /** How loud the log tells that a circuit opened. */
  readonly log: "error" | "warn" | "info";
}

/**
 * The one place that says what a kind of failure leads to: DESIGN's "Outage is not poison". A new
 * kind does not compile until it stands here.
 */
export const failurePolicy = {
  unavailable: {
    item: "release",
    batch: "alike",
    lane: "count",
    downstream: "nothing",
    isAnswer: false,
    keepsOpen: true,
    health: "strategy",
    log: "warn",
  },
  transient: {
    item: "attempt",
    batch: "alike",
    lane: "doubt",
    downstream: "nothing",
    isAnswer: true,
    keepsOpen: false,
    health: "strategy",
    log: "warn",
  },
  throttled: {
    item: "release",
    batch: "alike",
    lane: "throttle",
    downstream: "nothing",
    isAnswer: false,
    keepsOpen: true,
    health: "strategy",
    log: "warn",
  },
  unauthorized: {
    item: "release",
    batch: "alike",
    lane: "nothing",
    downstream: "suspend",
    isAnswer: true,
    keepsOpen: true,
    health: "downstream",
    log: "error",
  },
  misconfigured: {
    item: "release",
    batch: "alike",
    lane: "suspend",
    downstream: "nothing",
    isAnswer: true,
    keepsOpen: true,
    health: "strategy",
    log: "error",
  },
  "too-large": {
    item: "dead",
    batch: "halve",
    lane: "close",
    downstream: "close",
    isAnswer: true,
    keepsOpen: false,
    health: "nothing",
    log: "info",
  },
  rejected: {
    item: "dead",
    batch: "halve",
    lane: "close",
    downstream: "close",
    isAnswer: true,
    keepsOpen: false,
    health: "nothing",
    log: "info",
  },
  cancelled: {
    item: "release",
    batch: "alike",
    lane: "nothing",
    downstream: "nothing",
    isAnswer: false,
    keepsOpen: false,
    health: "nothing",
    log: "info",
  },
} as const satisfies Record<FailureKind, FailurePolicy>;

export function policyOf({ kind }: Pick<Failure, "kind">): FailurePolicy {
  return failurePolicy[kind];
}
