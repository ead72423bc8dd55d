import type { Poller } from "../../contracts/poller.ts";
import type { AnswerRow } from "../../model/answer-row.ts";
import { type Claim, claimOf, type Demand, type SettleEffect, type Settlement } from "../../model/delivery.ts";
import { SynclineError } from "../../model/errors.ts";
import { failureText } from "../failure-text.ts";
import { inLockOrder } from "../lock-order.ts";
import { countOf } from "../rows.ts";
import { settleInOrder } from "../settle-in-order.ts";
import { type Asked, type AskedWithin, ask, askAlone, type SqlDriver } from "./driver.ts";

export interface ClaimGiven {
  readonly demands: readonly Demand[];
  readonly token: string;
  readonly leaseMs: number;
}

/** How the work on one claim ended, with what is not said of it as `null`. */
export interface SettlementRow {
  readonly id: string;
  readonly strategy: string;
  readonly key: string;
  readonly ordinal: string;
  readonly token: string;
  readonly revision: string;
  readonly result: Settlement["result"];
  readonly delayMs: number | null;
  readonly kind: string | null;
  readonly code: string | null;
  readonly message: string | null;
}

export interface LeaseStatements<Statement> {
  /** Answers in `claimColumns`. */
  readonly claim: Asked<Statement, ClaimGiven>;
  /** One lease at least. Answers the ids of those still held. */
  readonly renew: Asked<Statement, { readonly leases: readonly Claim[]; readonly leaseMs: number }>;
  /**
   * Answers those that were not simply applied: the position, from 0, and `again` or `late`. And,
   * once, how many it was given and `settled`: an answer that went missing must not be taken for
   * "all applied".
   */
  readonly settleAll: Asked<Statement, { readonly settlements: readonly SettlementRow[] }>;
  /**
   * A shorter one for what was accepted, as long as nothing newer came: answers how many it has
   * ended. Where these are not all, it is undone, and `settleAll` settles them. Not both in one
   * transaction: each locks in order, but both together would not.
   */
  readonly settleAccepted?: AskedWithin<Statement, { readonly leases: readonly Claim[] }>;
  /** Of `Poller.hasten`: answers how many. */
  readonly hasten?: Asked<Statement, { readonly strategy: string; readonly limit: number }>;
  /** These statements put what they lock in order by themselves. */
  readonly ordersItself?: boolean;
}

/** `Poller` without `dispatch`. */
export function createLeases<Statement>(
  driver: SqlDriver<Statement>,
  statements: LeaseStatements<Statement>,
): Pick<Poller, "claim" | "renew" | "settle" | "hasten"> {
  const { claim, renew, settleAll, settleAccepted, hasten, ordersItself = false } = statements;

  async function unusualEffects(settlements: readonly Settlement[]) {
    const rows = await askAlone(driver, settleAll, { settlements: settlements.map(settlementRow) });
    refuseUnlessAll(rows, settlements.length);
    const positions = (effect: SettleEffect) =>
      rows.filter((row) => row[1] === effect).map(([position]) => Number(position));
    return { again: positions("again"), late: positions("late") };
  }

  async function settleAsGiven(settlements: readonly Settlement[]): Promise<readonly SettleEffect[]> {
    const effects: SettleEffect[] = settlements.map(() => "applied");
    const { again, late } = await unusualEffects(settlements);
    for (const position of again) effects[position] = "again";
    for (const position of late) effects[position] = "late";
    return effects;
  }

  /** Whether that was all there was to do. */
  function endAccepted(
    accepted: AskedWithin<Statement, { readonly leases: readonly Claim[] }>,
    leases: readonly Claim[],
  ) {
    return driver.transaction(function* () {
      const isAll = countOf(yield* ask(accepted, { leases })) === leases.length;
      return { result: isAll, undo: !isAll };
    });
  }

  return {
    async claim(demands, { token, durationMs }, signal) {
      const rows = await askAlone(driver, claim, { demands, token, leaseMs: durationMs }, signal);
      return rows.map((row) => claimOf(row, token));
    },
    async renew(claims, leaseMs) {
      if (claims.length === 0) return [];
      const leases = ordersItself ? claims : inLockOrder(claims, (each) => each);
      return (await askAlone(driver, renew, { leases, leaseMs })).map(([id]) => String(id));
    },
    async settle(settlements) {
      if (settlements.length === 0) return [];
      if (settleAccepted !== undefined && settlements.every(({ result }) => result === "accepted")) {
        const leases = settlements.map((settlement) => settlement.claim);
        if (await endAccepted(settleAccepted, leases)) return settlements.map(() => "applied");
      }
      return ordersItself ? settleAsGiven(settlements) : settleInOrder(settlements, unusualEffects);
    },
    ...(hasten === undefined
      ? {}
      : {
          hasten: async (strategy, limit, signal) =>
            countOf(await askAlone(driver, hasten, { strategy, limit }, signal)),
        }),
  };
}

function refuseUnlessAll(rows: readonly AnswerRow[], count: number): void {
  const settled = countOf(rows.filter((row) => row[1] === "settled"));
  if (settled === count) return;
  const message = `The statement that settles has answered for ${settled} deliveries, and it was given ${count}.`;
  throw new SynclineError("database.failed", message);
}

function settlementRow(settlement: Settlement): SettlementRow {
  const { claim, result } = settlement;
  const failure =
    "failure" in settlement && settlement.failure !== undefined ? failureText(settlement.failure) : undefined;
  return {
    id: claim.id,
    strategy: claim.strategy,
    key: claim.key,
    ordinal: claim.ordinal,
    token: claim.token,
    revision: claim.revision,
    result,
    delayMs: "delayMs" in settlement ? settlement.delayMs : null,
    kind: failure?.kind ?? null,
    code: failure?.code ?? null,
    message: failure?.message ?? null,
  };
}
