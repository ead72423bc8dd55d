import { type AnswerRow, type Apart, type ClaimGiven, claimColumns } from "@syncline/core/adapter-kit";
import { DueScan, type Seen } from "./due-scan.ts";
import type { OwnStatements } from "./sql/registry.ts";
import type { NamedStatement } from "./sql/statement.ts";

/** A claim that begins each scan where the last ones found nothing. */
export function claimByScan(statement: OwnStatements["claim"]): Apart<NamedStatement, ClaimGiven> {
  const scan = new DueScan();
  return {
    async apart(driver, given, signal) {
      const { isFull, starts } = scan.begin(given.demands);
      const demands = given.demands.map((demand, index) => ({ ...demand, start: starts[index] ?? 0 }));
      const rows = await driver.run(statement, { ...given, demands }, signal);
      const isClaim = ([id]: AnswerRow) => id !== null;
      const seen = new Map<string, Seen>();
      const claimed = new Map<string, { count: number; lastDueAt: number }>();
      for (const row of rows.filter(isClaim)) {
        const strategy = String(row[claimColumns.at.strategy]);
        const count = (claimed.get(strategy)?.count ?? 0) + 1;
        claimed.set(strategy, { count, lastDueAt: Number(row.at(-1)) });
      }
      for (const [, strategy, now, first, took] of rows.filter((row) => !isClaim(row))) {
        scan.end(isFull, Number(took));
        const { count = 0, lastDueAt = Number(now) } = claimed.get(String(strategy)) ?? {};
        seen.set(String(strategy), {
          now: Number(now),
          first: first === null ? undefined : Number(first),
          claimed: count,
          lastClaimed: lastDueAt,
        });
      }
      for (const demand of demands) {
        const saw = seen.get(demand.strategy);
        if (saw !== undefined) scan.saw(demand, saw);
      }
      return rows.filter(isClaim);
    },
  };
}
