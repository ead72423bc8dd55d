import type { SyncCall } from "../contracts/sync-invoker.ts";
import type { Change } from "../model/change.ts";
import type { Claim, SettleEffect, Settlement } from "../model/delivery.ts";
import type { Outcome } from "../model/outcome.ts";

/**
 * The work of a pipeline as it happens, for telemetry. Keys are given; content is nobody's business
 * here.
 *
 * Every member is called where the work is done: it must be synchronous and take microseconds. What
 * it throws is a fault of `observer` and stops nothing. Members that hear of a beginning return
 * what wants to hear of its end, or `undefined`. Durations are milliseconds; `startedAt` is of
 * `performance.now()`.
 */
export interface WorkObserver {
  /** Checked changes are about to be recorded, in the caller's own transaction. */
  recording?(work: ObservedRecord): Observation<RecordEnd> | undefined;
  /** A dispatch that took changes has been committed. */
  dispatched?(work: ObservedDispatch): void;
  /** A claim has been made, also one that found nothing. */
  claimed?(work: ObservedClaim): void;
  reading?(work: ObservedRead): Observation<ReadEnd> | undefined;
  calling?(work: ObservedCall): Observation<Outcome> | undefined;
  /**
   * How the work on a delivery ended, before that is written. Of one that is `accepted`, `how` says
   * what was accepted: `sent`; `absent`, nothing, since there was no row to send; `shadowed`, what
   * would have been sent, by nobody.
   */
  concluded?(settlement: Settlement, how: "sent" | "absent" | "shadowed"): void;
  /** Such ends have been written. */
  settled?(work: ObservedSettle): void;
}

/** Of something that has begun. */
export interface Observation<End> {
  /**
   * Of a call: sent along with it, over what the option `trace` says. Of a record: `traceparent` is
   * stored with its changes, and comes back with their claims.
   */
  readonly headers?: { readonly [header: string]: string };
  /** Does the work. Must call `work` once, at once, and return what it returns. */
  around?<Value>(work: () => Value): Value;
  ended(end: End): void;
}

interface Timed {
  readonly startedAt: number;
  readonly durationMs: number;
}

export interface ObservedRecord {
  readonly changes: readonly Change[];
}

export interface RecordEnd {
  /**
   * What recording was rejected with; `undefined`: it succeeded. Whether the transaction commits,
   * nobody knows.
   */
  readonly error: unknown;
}

export interface ObservedDispatch extends Timed {
  readonly taken: number;
  readonly inserted: number;
  readonly folded: number;
  /** Of what it leased as it was written. */
  readonly claims: readonly Claim[];
}

export interface ObservedClaim extends Timed {
  readonly claimed: number;
}

export interface ObservedRead {
  readonly strategy: string;
  /** Canonical condition texts, at least one. */
  readonly keys: readonly string[];
}

/** Counts are keys. */
export interface ReadEnd {
  readonly found: number;
  /** Without a row. */
  readonly absent: number;
  /** That cannot be read, themselves, or because none of the strategy can be now. */
  readonly failed: number;
  /** Left for a later read: too large to come with the others. */
  readonly deferred: number;
  /** Of the first that failed. */
  readonly failure: { readonly kind: string; readonly code: string } | undefined;
}

export interface ObservedCall {
  readonly call: SyncCall;
  readonly downstream: string;
  /** Of the call's items, in their order. */
  readonly claims: readonly Claim[];
}

export interface ObservedSettle extends Timed {
  readonly settlements: readonly Settlement[];
  /** One for each settlement, in their order. */
  readonly effects: readonly SettleEffect[];
}
