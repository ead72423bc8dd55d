/** Every kind of failure. What each leads to stands in `engine/failure-policy.ts`. */
export const failureKinds = [
  "unavailable",
  "transient",
  "dependency",
  "throttled",
  "unauthorized",
  "misconfigured",
  "too-large",
  "rejected",
  "cancelled",
] as const;

/**
 * What must happen next after a failure. Whoever's fault it is presumed to be, an item that alone
 * fails is told from an outage by who else is answered well.
 *
 * `unavailable`: the downstream as a whole (refused, DNS, timeout, 502/503/504) · `transient`: this call · `dependency`:
 * what this item points to is not there yet · `throttled`: too many, see `retryAfterMs` · `unauthorized`: the downstream's credentials · `misconfigured`: the strategy or the
 * downstream's settings · `too-large`: halve the batch · `rejected`: this content, for ever · `cancelled`: our own stop.
 */
export type FailureKind = (typeof failureKinds)[number];

/** Whether the downstream may have acted: `no` is certain, `maybe` is everything else. */
export type Effect = "no" | "maybe";

export interface Failure {
  readonly kind: FailureKind;
  /** Stable, namespaced, few distinct values: `http.503`, `net.ECONNRESET`, `query.timeout`. */
  readonly code: string;
  /** One line for a person. No secrets, no payload. */
  readonly message: string;
  readonly effect: Effect;
  /**
   * The downstream's own wish, more than 0: what asks for no time at all has none. Core caps it.
   */
  readonly retryAfterMs?: number;
}

export interface ItemFailure {
  /** Position in the call's `items`. */
  readonly index: number;
  readonly failure: Failure;
}

/** What became of one call. A transport reports; it never retries, queues, batches, sleeps or throws. */
export type Outcome =
  | { readonly status: "accepted" }
  /** Taken but for these items. Indices unique, in range, at least one; core treats anything else as `transient`. */
  | { readonly status: "partial"; readonly failures: readonly ItemFailure[] }
  /** Nothing was sent: these items cannot be encoded. Core sends the others again without them. */
  | { readonly status: "unsendable"; readonly failures: readonly ItemFailure[] }
  | { readonly status: "failed"; readonly failure: Failure };
