import { failureText } from "@syncline/core/adapter-kit";
import type { Claim, Demand, Lease, Poller, SettleEffect, Settlement } from "@syncline/core/spi";
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
        claims.filter(({ id, token }) => sql.run(extend, { id, token, durationMs }) > 0).map(({ id }) => id),
      ),
    settle: (settlements) => store.write((sql) => settlements.map((settlement) => settle(sql, settlement))),
  };
}

/**
 * A key's deliveries go out one at a time, in the order of their ordinals. An older one blocks its
 * key whatever its state: what came later must not overtake what a person is to look at. A token on
 * what is due is a lease that lapsed: an attempt.
 */
const due = `SELECT CAST(id AS TEXT) AS id, strategy, key, CAST(ordinal AS TEXT) AS ordinal, epoch,
       CAST(revision AS TEXT) AS revision, operation, attempts + (token IS NOT NULL) AS attempts, token IS NOT NULL AS lapsed,
       first_recorded_at AS firstRecordedAt, due_at AS dueAt
  FROM syncline_delivery AS d
 WHERE strategy = @strategy AND state = 'pending' AND due_at <= @now
   AND NOT EXISTS (SELECT 1 FROM syncline_pause WHERE strategy = @strategy)
   AND NOT EXISTS (
         SELECT 1 FROM syncline_delivery AS o
          WHERE o.strategy = d.strategy AND o.key = d.key AND o.ordinal < d.ordinal)
 ORDER BY due_at, d.id LIMIT @count`;

type DueDelivery = Omit<Claim, "token" | "lapsed"> & { readonly dueAt: number; readonly lapsed: number };

function dueFor(sql: Sql, { strategy, count }: Demand): readonly DueDelivery[] {
  return sql.all(due, { strategy, count });
}

const take = `UPDATE syncline_delivery
   SET token = @token, due_at = CAST(@now + @durationMs AS INTEGER), attempts = @attempts, debounced = 0 WHERE id = @id`;

function claim(sql: Sql, demands: readonly Demand[], lease: Lease): readonly Claim[] {
  const found = demands.flatMap((demand) => dueFor(sql, demand));
  for (const { id, attempts } of found) sql.run(take, { id, attempts, ...lease });
  // Of each demand they come in order, and this sort is stable.
  const ordered = [...found].sort((one, other) => one.dueAt - other.dueAt);
  return ordered.map(({ dueAt: _, lapsed, ...rest }) => ({ ...rest, lapsed: lapsed > 0, token: lease.token }));
}

/** A lease that lapsed is held until somebody else claims it. */
const whereHeld = "WHERE id = @id AND token = @token";
const extend = `UPDATE syncline_delivery SET due_at = CAST(@now + @durationMs AS INTEGER) ${whereHeld}`;
const remove = `DELETE FROM syncline_delivery ${whereHeld} AND revision = @revision`;

/** Newer changes have come. What was refused was not delivered: it waits as long as before. */
const startAfresh = `UPDATE syncline_delivery
   SET token = NULL, debounced = 0, due_at = @now, attempts = 0,
       first_recorded_at = iif(@result = 'accepted', @now, first_recorded_at),
       failure_kind = NULL, failure_code = NULL, failure_message = NULL
 ${whereHeld} AND revision <> @revision`;

const putBack = `UPDATE syncline_delivery
   SET token = NULL, debounced = 0, due_at = CAST(@now + @delayMs AS INTEGER),
       attempts = attempts + (@result <> 'released'),
       state = iif(@result IN ('dead', 'held'), @result, 'pending'), died_at = iif(@result IN ('dead', 'held'), @now, NULL),
       failure_kind = coalesce(@kind, failure_kind), failure_code = coalesce(@code, failure_code),
       failure_message = coalesce(@message, failure_message)
 ${whereHeld}`;

function settle(sql: Sql, settlement: Settlement): SettleEffect {
  const { result, claim: held } = settlement;
  const failure = "failure" in settlement ? failureText(settlement.failure) : { kind: null, code: null, message: null };
  const delayMs = "delayMs" in settlement ? settlement.delayMs : 0;
  const run = (text: string) => sql.run(text, { ...held, result, delayMs, ...failure }) > 0;
  if (result === "accepted" && run(remove)) return "applied";
  if ((result === "accepted" || result === "dead") && run(startAfresh)) return "again";
  return result !== "accepted" && run(putBack) ? "applied" : "late";
}
