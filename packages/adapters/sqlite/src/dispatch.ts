import {
  ask,
  carriedList,
  changeColumns,
  createDispatch,
  type DeliveryRow,
  type DispatchStatements,
  type Lane,
  type SqlSteps,
  type TakeStatements,
  takeStepsOf,
  type UpsertGiven,
} from "@syncline/core/adapter-kit";
import type { Poller } from "@syncline/core/spi";
import { isBusy } from "./errors.ts";
import { spelling } from "./spelling.ts";
import { answering, changing, driverOn, type SqliteStatementText } from "./sql-driver.ts";
import type { Store } from "./store.ts";

/** Begun as a reader: an idle poll takes no lock. SQLite has one writer at a time, so whoever writes is the dispatcher. */
export function dispatchOn(store: Store): Poller["dispatch"] {
  return createDispatch(driverOn(store, "read"), dispatchStatements, takeStepsOf(takeStatements));
}

const list = changeColumns.select(spelling);
const oldest = (where: string) =>
  `SELECT ${list} FROM syncline_change WHERE ${where} ORDER BY syncline_change.id LIMIT @limit`;

const takeStatements: TakeStatements<SqliteStatementText> = {
  // Changes of one writer are seen in the order of their ids: none comes late below another.
  changeRange: answering(
    "SELECT CAST(min(id) AS TEXT), CAST((SELECT max(id) FROM syncline_change) AS TEXT) FROM syncline_change WHERE id > CAST(@after AS INTEGER)",
  ),
  lockDispatcher: lockNow,
  oldestChanges: answering(oldest("id >= CAST(@from AS INTEGER)")),
  deleteChanges: changing(
    "DELETE FROM syncline_change WHERE id IN (SELECT CAST(value AS INTEGER) FROM json_each(@ids))",
  ),
  amongFloods: {
    otherChanges: answering(
      oldest(`id > CAST(@after AS INTEGER) AND id <= CAST(@through AS INTEGER)
   AND iif(strategy IS NULL, category NOT IN (SELECT value FROM json_each(@floods)), strategy NOT IN (SELECT value FROM json_each(@backfills)))`),
    ),
    floodChanges: answering(
      oldest(`id > CAST(@after AS INTEGER) AND id <= CAST(@through AS INTEGER)
   AND iif(@strategy IS NULL, strategy IS NULL AND category = @category, strategy = @strategy)`),
    ),
  },
};

/** Not prepared: libsql leaves a prepared one that was refused unfinished, and could not commit afterwards. */
const becomeWriter: SqliteStatementText = { text: "UPDATE syncline_state SET revision = revision", answers: "nothing" };
const strategiesRevision = answering<object>("SELECT CAST(strategies_revision AS TEXT) FROM syncline_state");

/** No row: somebody else writes, or has written since this transaction began to read. */
function* lockNow(): SqlSteps<SqliteStatementText, readonly (readonly unknown[])[]> {
  try {
    yield* ask(becomeWriter, {});
  } catch (error) {
    if (isBusy(error)) return [];
    throw error;
  }
  return yield* ask(strategiesRevision, {});
}

const dispatchStatements: DispatchStatements<SqliteStatementText> = {
  keepRefused:
    changing(`INSERT INTO syncline_refused (id, category, condition, operation, strategy, recorded_at, reason)
SELECT value ->> 'id', value ->> 'category', value ->> 'condition', value ->> 'operation', value ->> 'strategy',
       value ->> 'recordedAt', value ->> 'reason' FROM json_each(@refused)`),
  upsert,
};

/**
 * Revisions go on from the last one, or from the clock where that is further: so those of a file
 * made anew are higher.
 */
const currentRevision = answering<object>(
  "SELECT CAST(max(revision, CAST(@now * 1000 AS INTEGER)) AS TEXT) FROM syncline_state",
);
const keepRevision = changing<{ readonly revision: string }>(
  "UPDATE syncline_state SET revision = CAST(@revision AS INTEGER)",
);

/** What coalesces is one delivery: what was written one by one behind the key's first goes. */
const merge =
  changing<UpsertedRow>(`DELETE FROM syncline_delivery WHERE strategy = @strategy AND key = @key AND ordinal > (
  SELECT min(ordinal) FROM syncline_delivery WHERE strategy = @strategy AND key = @key)`);

/**
 * A delivery that is there gets a new revision, so that a flight that began before does not delete it when it is settled.
 * Its lease and its back-off are left alone; what a quiet window holds back is put off; what is dead is revived.
 * A new one is due at once, unless it has a quiet window or is leased: if nobody has paused the
 * strategy, and there is nothing else of its key.
 */
const upsertDelivery = answering<UpsertedRow>(`WITH first AS (
  SELECT min(ordinal) AS ordinal FROM syncline_delivery WHERE strategy = @strategy AND key = @key
), number AS (
  SELECT CAST(@revision AS INTEGER) AS revision
)
INSERT INTO syncline_delivery
  (id, revision, strategy, key, ordinal, ${carriedList((column) => column)}, first_recorded_at, debounced, token, due_at)
SELECT revision, revision, @strategy, @key, iif(@ordinal = '0', coalesce(first, 0), revision), ${carriedList((_, name) => `@${name}`)}, @firstRecordedAt,
       @quietMs > 0, token,
       CAST(CASE WHEN token IS NOT NULL THEN @now + @leaseMs
                 WHEN @quietMs > 0 THEN min(@now + @quietMs, @firstRecordedAt + @longestMs)
                 ELSE @now END AS INTEGER)
  FROM number, (SELECT ordinal AS first, iif(@quietMs = 0 AND ordinal IS NULL
            AND NOT EXISTS (SELECT 1 FROM syncline_pause WHERE strategy = @strategy), @token, NULL) AS token
          FROM first)
 WHERE true
ON CONFLICT (strategy, key, ordinal) DO UPDATE SET
  revision = excluded.revision, ${carriedList((column, name) => `${column} = @${name}`)}, first_recorded_at = min(first_recorded_at, @firstRecordedAt),
  due_at = CASE WHEN state = 'dead' THEN @now
                WHEN @quietMs > 0 AND debounced AND syncline_delivery.token IS NULL AND syncline_delivery.due_at > @now
                THEN CAST(min(excluded.due_at, first_recorded_at + @longestMs) AS INTEGER)
                ELSE syncline_delivery.due_at END,
  attempts = iif(state = 'dead', 0, attempts), died_at = iif(state = 'dead', NULL, died_at),
  failure_kind = iif(state = 'dead', NULL, failure_kind), failure_code = iif(state = 'dead', NULL, failure_code),
  failure_message = iif(state = 'dead', NULL, failure_message), state = iif(state = 'dead', 'pending', state)
RETURNING id = revision AS isNew, token IS NOT NULL AS isLeased`);

type UpsertedRow = Omit<DeliveryRow, "lane"> & Lane & { readonly revision: string };

/** One after the other: nothing is sent, so nothing is saved by a set. */
function* upsert({
  lanes,
  deliveries,
  count,
}: UpsertGiven): SqlSteps<SqliteStatementText, readonly (readonly unknown[])[]> {
  const [[found] = []] = yield* ask(currentRevision, {});
  const base = BigInt(String(found ?? 0));
  let inserted = 0;
  const leased: number[] = [];
  for (const [index, { lane, ...delivery }] of deliveries.entries()) {
    const { strategy = "", token = null, leaseMs, quietMs, longestMs } = lanes[lane - 1] ?? {};
    const times = { leaseMs: leaseMs ?? 0, quietMs: quietMs ?? 0, longestMs: longestMs ?? 0 };
    const revision = String(base + BigInt(index + 1));
    const row = { ...delivery, ...times, strategy, token: delivery.leasable ? token : null, revision };
    if (delivery.ordinal === "0") yield* ask(merge, row);
    const [[isNew, isLeased] = []] = yield* ask(upsertDelivery, row);
    if (isNew !== 1) continue;
    inserted += 1;
    if (isLeased === 1 && token !== null) leased.push(index + 1);
  }
  yield* ask(keepRevision, { revision: String(base + BigInt(count)) });
  return [[String(base), inserted, count - inserted, leased.join(",")]];
}
