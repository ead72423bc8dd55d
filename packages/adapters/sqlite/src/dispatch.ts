import { inLockOrder, newClaim, reasonText } from "@syncline/core/adapter-kit";
import {
  type Claim,
  type DispatchResult,
  isSynclineError,
  type Poller,
  type RecordedChange,
  type Route,
  type RoutedDelivery,
} from "@syncline/core/spi";
import type { Sql, Store } from "./store.ts";

const none: DispatchResult = { status: "done", taken: 0, inserted: 0, folded: 0, claims: [] };

/** SQLite has one writer at a time, so whoever writes is the dispatcher. An idle poll takes no lock. */
export function dispatchOn(store: Store): Poller["dispatch"] {
  return async (limit, route, signal) => {
    const first = await store.read((sql) => sql.all("SELECT 1 FROM syncline_change LIMIT 1"), signal);
    if (first.length === 0) return none;
    return store
      .write((sql) => dispatch(sql, limit, route), signal, 0)
      .catch((error: unknown) => {
        if (isSynclineError(error) && error.code === "database.busy") return { ...none, status: "busy" };
        throw error;
      });
  };
}

function dispatch(sql: Sql, limit: number, route: Route): DispatchResult {
  const [state] = sql.all<{ readonly strategies: string; readonly revision: string }>(currentState);
  const changes = sql.all<RecordedChange>(oldestChanges, { limit });
  if (changes.length === 0) return none;
  const routing = route(changes, state?.strategies);
  if (routing === undefined) return { ...none, status: "stale" };
  // With one writer, ids are commit order: there is none below the last that was not seen.
  sql.run("DELETE FROM syncline_change WHERE id <= @id", { id: changes.at(-1)?.id });
  for (const { change, reason } of routing.refused) sql.run(keepRefused, { ...change, reason: reasonText(reason) });
  let revision = BigInt(state?.revision ?? 0);
  let inserted = 0;
  const claims: Claim[] = [];
  // Of a key whose changes go out one by one, the oldest comes first: only that one can be leased.
  for (const delivery of inLockOrder(routing.deliveries, (each) => each)) {
    revision += 1n;
    const { isNew, isLeased } = upsert(sql, delivery, revision);
    inserted += isNew;
    if (isNew && isLeased && delivery.lease) claims.push(newClaim(delivery, String(revision), delivery.lease));
  }
  sql.run("UPDATE syncline_state SET revision = @revision", { revision });
  return { status: "done", taken: changes.length, inserted, folded: routing.deliveries.length - inserted, claims };
}

/**
 * Revisions go on from the last one, or from the clock where that is further: so those of a file
 * made anew are higher.
 */
const currentState = `SELECT CAST(max(revision, CAST(@now * 1000 AS INTEGER)) AS TEXT) AS revision, CAST(strategies_revision AS TEXT) AS strategies
  FROM syncline_state`;
const oldestChanges = `SELECT CAST(id AS TEXT) AS id, category, condition, operation, strategy, recorded_at AS recordedAt
  FROM syncline_change ORDER BY syncline_change.id LIMIT @limit`;
const keepRefused = `INSERT INTO syncline_refused (id, category, condition, operation, strategy, recorded_at, reason)
  VALUES (@id, @category, @condition, @operation, @strategy, @recordedAt, @reason)`;

/** What coalesces is one delivery: what was written one by one behind the key's first goes. */
const merge = `DELETE FROM syncline_delivery WHERE strategy = @strategy AND key = @key AND ordinal > (
  SELECT min(ordinal) FROM syncline_delivery WHERE strategy = @strategy AND key = @key)`;

/**
 * A delivery that is there gets a new revision, so that a flight that began before does not delete it when it is settled.
 * Its lease and its back-off are left alone; what a quiet window holds back is put off; what is dead is revived.
 * A new one is due at once, unless it has a quiet window or is leased: if nobody has paused the
 * strategy, and there is nothing else of its key.
 */
const upsertDelivery = `WITH first AS (
  SELECT min(ordinal) AS ordinal FROM syncline_delivery WHERE strategy = @strategy AND key = @key
)
INSERT INTO syncline_delivery
  (id, revision, strategy, key, ordinal, operation, first_recorded_at, debounced, token, due_at)
SELECT @revision, @revision, @strategy, @key, iif(@ordinal = '0', coalesce(first, 0), @revision), @operation, @firstRecordedAt,
       @quietMs > 0, token,
       CAST(CASE WHEN token IS NOT NULL THEN @now + @durationMs
                 WHEN @quietMs > 0 THEN min(@now + @quietMs, @firstRecordedAt + @maxMs)
                 ELSE @now END AS INTEGER)
  FROM (SELECT ordinal AS first, iif(@quietMs = 0 AND ordinal IS NULL
            AND NOT EXISTS (SELECT 1 FROM syncline_pause WHERE strategy = @strategy), @token, NULL) AS token
          FROM first)
 WHERE true
ON CONFLICT (strategy, key, ordinal) DO UPDATE SET
  revision = @revision, operation = @operation, first_recorded_at = min(first_recorded_at, @firstRecordedAt),
  due_at = CASE WHEN state = 'dead' THEN @now
                WHEN @quietMs > 0 AND debounced AND syncline_delivery.token IS NULL AND syncline_delivery.due_at > @now
                THEN CAST(min(excluded.due_at, first_recorded_at + @maxMs) AS INTEGER)
                ELSE syncline_delivery.due_at END,
  attempts = iif(state = 'dead', 0, attempts), died_at = iif(state = 'dead', NULL, died_at),
  failure_kind = iif(state = 'dead', NULL, failure_kind), failure_code = iif(state = 'dead', NULL, failure_code),
  failure_message = iif(state = 'dead', NULL, failure_message), state = iif(state = 'dead', 'pending', state)
RETURNING id = revision AS isNew, token IS NOT NULL AS isLeased`;

function upsert(sql: Sql, delivery: RoutedDelivery, revision: bigint) {
  const { lease = { token: null, durationMs: 0 }, debounce = { quietMs: 0, maxMs: 0 }, ...routed } = delivery;
  const { strategy, key, ordinal } = delivery;
  if (ordinal === "0") sql.run(merge, { strategy, key });
  const [row] = sql.all<Upserted>(upsertDelivery, { ...routed, ...lease, ...debounce, revision });
  return row ?? { isNew: 0, isLeased: 0 };
}

/** 1 or 0. */
interface Upserted {
  readonly isNew: number;
  readonly isLeased: number;
}
