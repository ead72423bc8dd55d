import { inLockOrder, newClaim, reasonText } from "@syncline/core/adapter-kit";
import type { Claim, DispatchResult, Poller, RecordedChange, Route, RoutedDelivery } from "@syncline/core/spi";
import type { Row } from "./driver.ts";
import type { Sql, Store } from "./store.ts";

const none: DispatchResult = { status: "done", taken: 0, inserted: 0, folded: 0, claims: [] };

/** SQLite has one writer at a time, so whoever writes is the dispatcher. An idle poll takes no lock. */
export function dispatchOn(store: Store): Poller["dispatch"] {
  return async (limit, route, signal) => {
    const [change] = await store.read((sql) => sql.all("SELECT 1 FROM syncline_change LIMIT 1"), signal);
    if (change === undefined) return none;
    const result = await store.writeUnlessBusy((sql) => dispatch(sql, limit, route), signal);
    return result ?? { ...none, status: "busy" };
  };
}

function dispatch(sql: Sql, limit: number, route: Route): DispatchResult {
  const [state] = sql.all("SELECT revision, strategies_revision FROM syncline_state");
  const changes = sql.all(oldestChanges, { limit: BigInt(limit) }).map(changeOf);
  if (changes.length === 0) return none;
  const routing = route(changes, String(state?.[1]));
  if (routing === undefined) return { ...none, status: "stale" };
  // With one writer, ids are commit order: there is none below the last that was not seen.
  sql.run("DELETE FROM syncline_change WHERE id <= @last", { last: changes.at(-1)?.id ?? null });
  for (const { change, reason } of routing.refused) sql.run(keepRefused, { ...change, reason: reasonText(reason) });
  let revision = BigInt(state?.[0] as bigint);
  const claims: Claim[] = [];
  let folded = 0;
  // Of a key whose changes go out one by one, the oldest comes first: only that one can be leased.
  for (const delivery of inLockOrder(routing.deliveries, (each) => each)) {
    revision += 1n;
    if (fold(sql, delivery, revision)) folded += 1;
    else claims.push(...insert(sql, delivery, revision));
  }
  sql.run("UPDATE syncline_state SET revision = @revision", { revision });
  return { status: "done", taken: changes.length, inserted: routing.deliveries.length - folded, folded, claims };
}

const oldestChanges = `SELECT id, category, condition, operation, strategy, recorded_at
  FROM syncline_change ORDER BY id LIMIT @limit`;

const keepRefused = `INSERT INTO syncline_refused (id, category, condition, operation, strategy, recorded_at, reason)
VALUES (@id, @category, @condition, @operation, @strategy, @recordedAt, @reason)`;

function changeOf([id, category, condition, operation, strategy, recordedAt]: Row): RecordedChange {
  return {
    id: String(id),
    category: String(category),
    condition: String(condition),
    operation: String(operation),
    strategy: strategy === null ? null : String(strategy),
    recordedAt: Number(recordedAt),
  };
}

/**
 * The revision is drawn anew, so that a flight that began before does not delete the delivery when it is settled. A lease
 * and a back-off are left alone; what a quiet window holds back is put off; what is dead is revived.
 */
const foldIn = `UPDATE syncline_delivery SET
  revision = @revision, operation = @operation, first_recorded_at = min(first_recorded_at, @first),
  due_at = CASE
    WHEN state = 'dead' THEN @now
    WHEN @quiet IS NOT NULL AND debounced AND token IS NULL AND due_at > @now
    THEN min(@now + @quiet, min(first_recorded_at, @first) + @longest)
    ELSE due_at END,
  attempts = iif(state = 'dead', 0, attempts), died_at = iif(state = 'dead', NULL, died_at),
  failure_kind = iif(state = 'dead', NULL, failure_kind), failure_code = iif(state = 'dead', NULL, failure_code),
  failure_message = iif(state = 'dead', NULL, failure_message), state = iif(state = 'dead', 'pending', state)
WHERE strategy = @strategy AND key = @key AND ordinal = @ordinal`;

function fold(sql: Sql, delivery: RoutedDelivery, revision: bigint): boolean {
  const { strategy, key, ordinal, operation, firstRecordedAt: first } = delivery;
  const window = { quiet: quietMs(delivery), longest: delivery.debounce?.maxMs ?? null };
  return sql.run(foldIn, { strategy, key, ordinal, operation, first, revision, now: sql.now, ...window }) > 0;
}

function quietMs({ debounce }: RoutedDelivery): number | null {
  return debounce === undefined || debounce.quietMs <= 0 ? null : debounce.quietMs;
}

/** Due at once, unless it is leased or has a quiet window. */
const insertNew = `INSERT INTO syncline_delivery
  (id, revision, strategy, key, ordinal, operation, first_recorded_at, token, due_at, debounced)
SELECT @revision, @revision, @strategy, @key, @ordinal, @operation, @first, leased.token,
  CAST(CASE WHEN leased.token IS NOT NULL THEN @now + @lease
            WHEN @quiet IS NOT NULL THEN min(@now + @quiet, @first + @longest)
            ELSE @now END AS INTEGER),
  @quiet IS NOT NULL
FROM (SELECT iif(
  @quiet IS NULL
    AND NOT EXISTS (SELECT 1 FROM syncline_pause WHERE strategy = @strategy)
    AND (@ordinal = '0' OR NOT EXISTS (SELECT 1 FROM syncline_delivery WHERE strategy = @strategy AND key = @key)),
  @token, NULL) AS token) AS leased
RETURNING token`;

/** Returns the claim on it, if it was leased. */
function insert(sql: Sql, delivery: RoutedDelivery, revision: bigint): readonly Claim[] {
  const { strategy, key, ordinal, operation, firstRecordedAt: first, lease } = delivery;
  const window = { quiet: quietMs(delivery), longest: delivery.debounce?.maxMs ?? null };
  const asked = { token: lease?.token ?? null, lease: lease?.durationMs ?? null };
  const values = { strategy, key, ordinal, operation, first, revision, now: sql.now, ...window, ...asked };
  const [inserted] = sql.all(insertNew, values);
  return lease === undefined || inserted?.[0] === null ? [] : [newClaim(delivery, String(revision), lease)];
}
