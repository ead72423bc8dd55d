import { failureText, settleInOrder } from "@syncline/core/adapter-kit";
import type { Poller, Settlement } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { bigintArray, numberArray, positionsOf } from "./parameters.ts";
import { settleAccepted } from "./sql/settle-accepted.ts";
import { settleMixed } from "./sql/settle-mixed.ts";
import { ownStatement } from "./sql/statement.ts";

/** One statement, which is its own transaction: one round trip. */
export function settleWith(connections: Connections, schema: string): Poller["settle"] {
  const accepted = ownStatement("settle_accepted", settleAccepted(schema));
  const mixed = ownStatement("settle_mixed", settleMixed(schema));
  return (settlements) =>
    settleInOrder(settlements, async (ordered) => {
      const rows = ordered.every((settlement) => settlement.result === "accepted")
        ? await connections.runByKeys(accepted, fences(ordered))
        : await connections.runByKeys(mixed, [...fences(ordered), ...endings(ordered)]);
      const [again, late] = rows[0] ?? [];
      return { again: fromZero(again), late: fromZero(late) };
    });
}

function fromZero(joined: string | null | undefined): readonly number[] {
  return positionsOf(joined).map((position) => position - 1);
}

function fences(settlements: readonly Settlement[]): readonly unknown[] {
  return [
    bigintArray(settlements.map(({ claim }) => claim.id)),
    settlements.map(({ claim }) => claim.token),
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
