import {
  ask,
  type ClaimGiven,
  claimColumns,
  countOf,
  type LeaseStatements,
  type SettlementRow,
  type SqlSteps,
} from "@syncline/core/adapter-kit";
import type { Claim, SettleEffect } from "@syncline/core/spi";
import { spelling } from "./spelling.ts";
import { answering, changing, type SqliteStatementText } from "./sql-driver.ts";

type Steps<Result> = SqlSteps<SqliteStatementText, Result>;
type Rows = readonly (readonly unknown[])[];

export const leaseStatements: LeaseStatements<SqliteStatementText> = {
  claim: {
    async apart(driver, given, signal) {
      // Without the lock, since most polls find nothing.
      const isAnyDue =
        (await driver.run(anyDue, { strategies: given.demands.map(({ strategy }) => strategy) }, signal)).length > 0;
      return isAnyDue
        ? driver.transaction(function* () {
            return { result: yield* claim(given) };
          }, signal)
        : [];
    },
  },
  *renew({ leases, leaseMs }): Steps<Rows> {
    const held: Rows[number][] = [];
    for (const { id, token } of leases) if (countOf(yield* ask(extend, { id, token, leaseMs })) > 0) held.push([id]);
    return held;
  },
  *settleAll({ settlements }): Steps<Rows> {
    const unusual: Rows[number][] = [[settlements.length, "settled"]];
    for (const [position, settlement] of settlements.entries()) {
      const effect = yield* settle(settlement);
      if (effect !== "applied") unusual.push([position, effect]);
    }
    return unusual;
  },
  hasten: changing(`UPDATE syncline_delivery SET due_at = @now WHERE id IN (
  SELECT id FROM syncline_delivery
   WHERE strategy = @strategy AND state = 'pending' AND due_at > @now AND token IS NULL AND failure_kind = 'dependency'
   ORDER BY due_at, id LIMIT @limit)`),
};

/**
 * A key's deliveries go out one at a time, in the order of their ordinals. An older one blocks its
 * key whatever its state: what came later must not overtake what a person is to look at. A token on
 * what is due is a lease that lapsed: an attempt.
 */
const isDue = `state = 'pending' AND due_at <= @now
   AND NOT EXISTS (SELECT 1 FROM syncline_pause AS p WHERE p.strategy = d.strategy)
   AND NOT EXISTS (
         SELECT 1 FROM syncline_delivery AS o
          WHERE o.strategy = d.strategy AND o.key = d.key AND o.ordinal < d.ordinal)`;
const anyDue = answering<{ readonly strategies: readonly string[] }>(`SELECT 1 FROM json_each(@strategies) AS s
 WHERE EXISTS (SELECT 1 FROM syncline_delivery AS d WHERE d.strategy = s.value AND ${isDue}) LIMIT 1`);
const lapsed = "(d.token IS NOT NULL)";
const due = answering<{ readonly strategy: string; readonly count: number }>(`SELECT ${claimColumns.select(spelling, {
  from: "d.",
  as: { lapsed, attempts: `(d.attempts + ${lapsed})` },
})},
       due_at
  FROM syncline_delivery AS d
 WHERE strategy = @strategy AND ${isDue}
 ORDER BY due_at, d.id LIMIT @count`);

const take = changing<{
  readonly id: unknown;
  readonly attempts: unknown;
  readonly token: string;
  readonly leaseMs: number;
}>(
  `UPDATE syncline_delivery
   SET token = @token, due_at = CAST(@now + @leaseMs AS INTEGER), attempts = @attempts, debounced = 0 WHERE id = CAST(@id AS INTEGER)`,
);

function* claim({ demands, token, leaseMs }: ClaimGiven): Steps<Rows> {
  const found: Rows[number][] = [];
  for (const { strategy, count } of demands) found.push(...(yield* ask(due, { strategy, count })));
  const { id, attempts } = claimColumns.at;
  for (const row of found) yield* ask(take, { id: row[id], attempts: row[attempts], token, leaseMs });
  // Of each demand they come in order, and this sort is stable.
  return found.sort((one, other) => Number(one.at(-1)) - Number(other.at(-1)));
}

/** A lease that lapsed is held until somebody else claims it. */
const whereHeld = "WHERE id = CAST(@id AS INTEGER) AND token = @token";
const extend = changing<Pick<Claim, "id" | "token"> & { readonly leaseMs: number }>(
  `UPDATE syncline_delivery SET due_at = CAST(@now + @leaseMs AS INTEGER) ${whereHeld}`,
);
const remove = changing<SettlementRow>(
  `DELETE FROM syncline_delivery ${whereHeld} AND revision = CAST(@revision AS INTEGER)`,
);

/** Newer changes have come. What was refused was not delivered: it waits as long as before. */
const startAfresh = changing<SettlementRow>(`UPDATE syncline_delivery
   SET token = NULL, debounced = 0, due_at = @now, attempts = 0,
       first_recorded_at = iif(@result = 'accepted', @now, first_recorded_at),
       failure_kind = NULL, failure_code = NULL, failure_message = NULL
 ${whereHeld} AND revision <> CAST(@revision AS INTEGER)`);

const putBack = changing<SettlementRow>(`UPDATE syncline_delivery
   SET token = NULL, debounced = 0, due_at = CAST(@now + coalesce(@delayMs, 0) AS INTEGER),
       attempts = attempts + (@result <> 'released'),
       state = iif(@result IN ('dead', 'held'), @result, 'pending'), died_at = iif(@result IN ('dead', 'held'), @now, NULL),
       failure_kind = coalesce(@kind, failure_kind), failure_code = coalesce(@code, failure_code),
       failure_message = coalesce(@message, failure_message)
 ${whereHeld}`);

function* settle(settlement: SettlementRow): Steps<SettleEffect> {
  const { result } = settlement;
  const run = function* (statement: typeof remove): Steps<boolean> {
    return countOf(yield* ask(statement, settlement)) > 0;
  };
  if (result === "accepted" && (yield* run(remove))) return "applied";
  if ((result === "accepted" || result === "dead") && (yield* run(startAfresh))) return "again";
  return result !== "accepted" && (yield* run(putBack)) ? "applied" : "late";
}
