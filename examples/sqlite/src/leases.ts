import { failureText } from "@syncline/core/adapter-kit";
import type { Claim, Demand, Lease, Poller, SettleEffect, Settlement } from "@syncline/core/spi";
import type { Parameters, Row } from "./driver.ts";
import type { Sql, Store } from "./store.ts";

export function leasesOn(store: Store): Pick<Poller, "claim" | "renew" | "settle"> {
  return {
    claim: async (demands, lease, signal) => {
      // Without the lock, since most polls find nothing.
      const isAnyDue = (sql: Sql) => demands.some((demand) => dueFor(sql, { ...demand, count: 1 }).length > 0);
      if (!(await store.read(isAnyDue, signal))) return [];
      return store.write((sql) => claim(sql, demands, lease), signal);
    },
    renew: (claims, durationMs) =>
      store.write((sql) =>
        claims.filter((each) => sql.run(extend, { ...held(sql, each), durationMs }) > 0).map(({ id }) => id),
      ),
    settle: (settlements) => store.write((sql) => settlements.map((settlement) => settle(sql, settlement))),
  };
}

/**
 * Strict: a lower ordinal blocks its key whatever its state, since what came later must not overtake what a person is to
 * look at; a higher one blocks it while it is in flight.
 */
const due = `SELECT id, strategy, key, ordinal, revision, operation, epoch, attempts + (token IS NOT NULL), first_recorded_at, due_at
  FROM syncline_delivery AS d
 WHERE strategy = @strategy AND state = 'pending' AND due_at <= @now
   AND NOT EXISTS (SELECT 1 FROM syncline_pause WHERE strategy = @strategy)
   AND (NOT @strict OR NOT EXISTS (
         SELECT 1 FROM syncline_delivery AS o
          WHERE o.strategy = d.strategy AND o.key = d.key AND o.ordinal <> d.ordinal
            AND (o.ordinal < d.ordinal OR (o.token IS NOT NULL AND o.due_at > @now))))
 ORDER BY due_at, id LIMIT @count`;

function dueFor(sql: Sql, { strategy, strict, count }: Demand): readonly Row[] {
  return sql.all(due, { strategy, strict: Number(strict), count: BigInt(count), now: sql.now });
}

/** A token on what is due is a lease that lapsed, and counts as an attempt. */
const take = `UPDATE syncline_delivery
   SET attempts = attempts + (token IS NOT NULL), token = @token, due_at = CAST(@now + @durationMs AS INTEGER), debounced = 0
 WHERE id = @id`;

function claim(sql: Sql, demands: readonly Demand[], { token, durationMs }: Lease): readonly Claim[] {
  const rows = demands.flatMap((demand) => dueFor(sql, demand));
  const chosen = rows.map((row) => ({ claim: claimOf(row, token), dueAt: Number(row[9]) }));
  for (const each of chosen) sql.run(take, { id: each.claim.id, token, durationMs, now: sql.now });
  // Of each demand they come in order; this sort is stable.
  return chosen.sort((one, other) => one.dueAt - other.dueAt).map((each) => each.claim);
}

function claimOf([id, strategy, key, ordinal, revision, operation, epoch, attempts, first]: Row, token: string): Claim {
  return {
    id: String(id),
    strategy: String(strategy),
    key: String(key),
    ordinal: String(ordinal),
    revision: String(revision),
    operation: operation === "delete" ? "delete" : "upsert",
    epoch: Number(epoch),
    attempts: Number(attempts),
    token,
    firstRecordedAt: Number(first),
  };
}

const whereHeld = "WHERE id = @id AND token = @token";
const extend = `UPDATE syncline_delivery SET due_at = CAST(@now + @durationMs AS INTEGER) ${whereHeld}`;
const accept = `DELETE FROM syncline_delivery ${whereHeld} AND revision = @revision`;

/** What newer changes came to is as new. What was refused was not delivered: it waits as long as before. */
const startAfresh = `UPDATE syncline_delivery
   SET token = NULL, debounced = 0, due_at = @now, attempts = 0,
       first_recorded_at = iif(@result = 'accepted', @now, first_recorded_at),
       failure_kind = NULL, failure_code = NULL, failure_message = NULL
 ${whereHeld} AND revision <> @revision`;

const putBack = `UPDATE syncline_delivery
   SET token = NULL, debounced = 0, due_at = CAST(@now + @delayMs AS INTEGER), attempts = attempts + @counts,
       state = iif(@result IN ('dead', 'held'), @result, 'pending'), died_at = iif(@result IN ('dead', 'held'), @now, NULL),
       failure_kind = coalesce(@kind, failure_kind), failure_code = coalesce(@code, failure_code),
       failure_message = coalesce(@message, failure_message)
 ${whereHeld}`;

function settle(sql: Sql, settlement: Settlement): SettleEffect {
  const { result, claim: own } = settlement;
  const lease = held(sql, own);
  const { id, token, now } = lease;
  if (result === "accepted" && sql.run(accept, { id, token, revision: own.revision }) > 0) return "applied";
  if (result === "accepted" || result === "dead") {
    if (sql.run(startAfresh, { ...lease, revision: own.revision, result }) > 0) return "again";
  }
  if (result === "accepted") return "late";
  const failure = "failure" in settlement ? failureText(settlement.failure) : { kind: null, code: null, message: null };
  const delayMs = "delayMs" in settlement ? settlement.delayMs : 0;
  const counts = result === "released" ? 0 : 1;
  return sql.run(putBack, { id, token, now, result, delayMs, counts, ...failure }) > 0 ? "applied" : "late";
}

/** A lease that lapsed is held until somebody else claims it. */
function held(
  sql: Sql,
  { id, token }: Claim,
): Parameters & { readonly id: string; readonly token: string; readonly now: number } {
  return { id, token, now: sql.now };
}
