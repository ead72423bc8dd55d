import type { RecordedChange, RefusedChange } from "../model/change.ts";
import type { Claim, Demand, Lease, RoutedDelivery, SettleEffect, Settlement } from "../model/delivery.ts";

/** What routing decided. Every change given is either in a delivery, refused, or wanted by no strategy. */
export interface Routing {
  readonly deliveries: readonly RoutedDelivery[];
  readonly refused: readonly RefusedChange[];
}

/**
 * Decides where changes go. Core's own; synchronous, fast, never throws.
 * `undefined` means: this worker's strategies are out of date, put everything back.
 *
 * @param strategiesRevision what `StrategyStore.load` of this database would return as `revision` now, read in the
 * same transaction as the changes; `undefined` if the database keeps no strategies.
 */
export type Route = (changes: readonly RecordedChange[], strategiesRevision: string | undefined) => Routing | undefined;

export interface DispatchResult {
  /** `busy`: another worker is dispatching. `stale`: `route` returned `undefined`. Both took nothing. */
  readonly status: "done" | "busy" | "stale";
  /** Changes taken from the change table. As many as asked for: there are probably more. */
  readonly taken: number;
  /** Deliveries that came into being. */
  readonly inserted: number;
  /** Deliveries that were there and took changes in. */
  readonly folded: number;
  /** Those of the inserted that were leased, as `RoutedDelivery.lease` asked. */
  readonly claims: readonly Claim[];
}

/**
 * A session of the database that keeps dispatches or claims from working. What it runs is never
 * part of this: a statement may hold business data.
 */
export interface BlockingSession {
  /** As the database names it, for whoever ends it: `pid 4711`, `session 52`, `SID 12,33871`. */
  readonly session: string;
  /**
   * The same as long as it is the same transaction that blocks: another worker that takes turns has
   * another one each time.
   */
  readonly transaction: string;
  /** What it holds or is waited for, in a few words: `the row of syncline.dispatcher`. */
  readonly holds?: string;
  readonly role?: string;
  readonly application?: string;
  /** The client's address. */
  readonly address?: string;
  /** The database's own word: `idle in transaction`. */
  readonly state?: string;
  /** Since when its transaction is open: epoch milliseconds, database clock. */
  readonly since?: number;
}

export interface Blockers {
  /** Empty: nobody stands in the way any more. */
  readonly sessions: readonly BlockingSession[];
  /** What Syncline's login may not see of them, and which right would show it: a sentence. */
  readonly hidden?: string;
}

/**
 * Takes work from the database, and says how it ended. Time is the database's clock throughout.
 *
 * Errors of any member: `database.unavailable`, `database.busy` (both retryable), `database.schema` (not migrated),
 * `database.failed`, `operation.aborted` (the signal fired). After an error nothing was changed, or, when the
 * connection broke during the commit, everything was.
 */
export interface Poller {
  /**
   * In one transaction under the dispatcher lock: take the oldest committed changes (at most `limit`), `route` them,
   * upsert the deliveries, keep the refused apart, delete the changes taken. Never waits for the lock, nor for a
   * transaction that is still recording.
   *
   * Of one category the oldest go first, and so do those of one strategy's backfill. Where these
   * are more than a dispatch takes, others need not wait until all of them are gone (`FloodWatch`
   * of the adapter kit).
   *
   * On a delivery that exists: its revision is drawn anew; `operation` and `firstRecordedAt` are kept up; a lease and a
   * back-off are left alone; a dead letter is revived with fresh attempts, due at once; a held one stays held; a
   * debounced one that waits is put off to min(now + quiet, firstRecordedAt + max).
   *
   * One whose ordinal is `"0"` folds into the first that its key has, whatever that one's ordinal,
   * and deletes those behind: they would go out later with lower revisions. Any other is written
   * behind all that its key has. Leases a new one only where its key has nothing else.
   */
  dispatch(limit: number, route: Route, signal: AbortSignal): Promise<DispatchResult>;

  /**
   * Lease due deliveries, oldest due first, at most `count` for each demand; strategies that are paused yield none.
   * A lease that had lapsed raises `attempts` by one: what kills its worker again and again must not do so for ever.
   *
   * Of a key one delivery at a time, whatever `strict` says: one waits for each of its key with a
   * lower ordinal, in whatever state. A strategy may have been switched, and workers with either
   * revision of it may run at once.
   *
   * Core guarantees: at least one demand, strategies unique.
   */
  claim(demands: readonly Demand[], lease: Lease, signal: AbortSignal): Promise<readonly Claim[]>;

  /** Extend leases by `durationMs` from now. Returns the ids of those still held; the others are lost. */
  renew(claims: readonly Claim[], durationMs: number): Promise<readonly string[]>;

  /**
   * Apply how work ended, in one transaction; only where the token still matches. Returns one effect per settlement,
   * in the same order. Core guarantees: at least one, ids unique.
   */
  settle(settlements: readonly Settlement[]): Promise<readonly SettleEffect[]>;

  /**
   * Make due now what waits for something else to reach the downstream: pending deliveries of the
   * strategy that nobody has leased, whose last failure is of kind `dependency` and that would be
   * due later; of these the next due, at most `limit`. Those that somebody has locked are left out,
   * not waited for. Returns how many. Without this member, they wait until they are due.
   */
  hasten?(strategy: string, limit: number, signal: AbortSignal): Promise<number>;

  /**
   * Who holds the dispatcher lock, and who holds what statements of Syncline's wait for, now. Asked
   * only once a dispatch has been busy, or a poll has not returned, for seconds. Owed: it waits for
   * none of these locks itself, and changes nothing. Without this member, the alarm names nobody.
   */
  blockers?(signal: AbortSignal): Promise<Blockers>;
}
