import { failureText } from "@syncline/core/adapter-kit";
import type { Poller, SettleEffect, Settlement } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { bigintArray, numberArray, positionsOf, uuidArray } from "./parameters.ts";
import { settleAccepted } from "./sql/settle-accepted.ts";
import { settleMixed } from "./sql/settle-mixed.ts";
import { ownStatement } from "./sql/statement.ts";

/** One statement; where all were accepted, a second one for those that newer changes came for, or that lost their lease. */
export function settleWith(connections: Connections, schema: string): Poller["settle"] {
  const accepted = ownStatement("settle_accepted", settleAccepted(schema));
  const mixed = ownStatement("settle_mixed", settleMixed(schema));

  /** Positions of those that are left, from 0. */
  async function endAccepted(settlements: readonly Settlement[]): Promise<readonly number[]> {
    const rows = await connections.runByKeys(accepted, fences(settlements));
    return fromZero(rows[0]?.[0]);
  }

  return async (settlements) => {
    const effects: SettleEffect[] = settlements.map(() => "applied");
    if (settlements.length === 0) return effects;
    const places = settlements.every(({ result }) => result === "accepted")
      ? await endAccepted(settlements)
      : settlements.map((_, index) => index);
    if (places.length === 0) return effects;
    const left = places.flatMap((place) => settlements[place] ?? []);
    const rows = await connections.runByKeys(mixed, [...fences(left), ...endings(left)]);
    const [again, late] = rows[0] ?? [];
    for (const position of fromZero(again)) effects[places[position] ?? -1] = "again";
    for (const position of fromZero(late)) effects[places[position] ?? -1] = "late";
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
