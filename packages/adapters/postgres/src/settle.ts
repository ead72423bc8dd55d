import { failureText } from "@syncline/core/adapter-kit";
import type { Poller, SettleEffect, Settlement } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { bigintArray, numberArray, positionsOf, uuidArray } from "./parameters.ts";
import { settleAccepted } from "./sql/settle-accepted.ts";
import { settleMixed } from "./sql/settle-mixed.ts";
import { ownStatement } from "./sql/statement.ts";

/**
 * One transaction of one statement, which is a shorter one as long as all were accepted and nothing newer came: where that finds something
 * else it is undone, and the longer one settles all. Not both in one transaction: each locks by id, but both together would not.
 */
export function settleWith(connections: Connections, schema: string): Poller["settle"] {
  const accepted = ownStatement("settle_accepted", settleAccepted(schema));
  const mixed = ownStatement("settle_mixed", settleMixed(schema));

  /** Whether that was all there was to do. */
  function endAccepted(settlements: readonly Settlement[]): Promise<boolean> {
    return connections.transaction(async (run) => {
      const [row] = await run(accepted, fences(settlements));
      const isAll = Number(row?.[0]) === settlements.length;
      return { result: isAll, undo: !isAll };
    });
  }

  return async (settlements) => {
    const effects: SettleEffect[] = settlements.map(() => "applied");
    if (settlements.length === 0) return effects;
    if (settlements.every(({ result }) => result === "accepted") && (await endAccepted(settlements))) return effects;
    const [row] = await connections.runByKeys(mixed, [...fences(settlements), ...endings(settlements)]);
    for (const place of fromZero(row?.[0])) effects[place] = "again";
    for (const place of fromZero(row?.[1])) effects[place] = "late";
    return effects;
  };
}

function fromZero(joined: string | null | undefined): readonly number[] {
  return positionsOf(joined).map((position) => position - 1);
}

function fences(settlements: readonly Settlement[]): readonly unknown[] {
  return [
    bigintArray(settlements.map(({ claim }) => claim.id)),
    uuidArray(settlements.map(({ claim }) => claim.token)),
    bigintArray(settlements.map(({ claim }) => claim.revision)),
  ];
}

function endings(settlements: readonly Settlement[]): readonly unknown[] {
  const failures = settlements.map((settlement) => ("failure" in settlement ? failureText(settlement.failure) : null));
  return [
    settlements.map((settlement) => settlement.result),
    numberArray(settlements.map((settlement) => ("delayMs" in settlement ? settlement.delayMs : null))),
    failures.map((failure) => failure?.kind ?? null),
    failures.map((failure) => failure?.code ?? null),
    failures.map((failure) => failure?.message ?? null),
  ];
}
