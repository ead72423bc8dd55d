import type { Poller, SettleEffect, Settlement } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { inLockOrder } from "./lock-order.ts";
import { bigintArray, numberArray, positionsOf, storableText } from "./parameters.ts";
import { settleAccepted } from "./sql/settle-accepted.ts";
import { settleMixed } from "./sql/settle-mixed.ts";
import { ownStatement } from "./sql/statement.ts";

/** One line for a person is enough; what a downstream said may be long. */
const maxMessageLength = 2_000;

/** One statement, which is its own transaction: one round trip. */
export function settleWith(connections: Connections, schema: string): Poller["settle"] {
  const accepted = ownStatement("settle_accepted", settleAccepted(schema));
  const mixed = ownStatement("settle_mixed", settleMixed(schema));
  return async (settlements) => {
    if (settlements.length === 0) return [];
    const placed = settlements.map((settlement, position) => ({ settlement, position }));
    const sorted = inLockOrder(placed, (entry) => entry.settlement.claim);
    const ordered = sorted.map((entry) => entry.settlement);
    const rows = ordered.every((settlement) => settlement.result === "accepted")
      ? await connections.run(accepted, fences(ordered))
      : await connections.run(mixed, [...fences(ordered), ...endings(ordered)]);
    const [again, late] = rows[0] ?? [];
    const effects: SettleEffect[] = settlements.map(() => "applied");
    for (const [joined, effect] of [
      [again, "again"],
      [late, "late"],
    ] as const) {
      for (const n of positionsOf(joined)) effects[sorted[n - 1]?.position ?? -1] = effect;
    }
    return effects;
  };
}

function fences(settlements: readonly Settlement[]): readonly unknown[] {
  return [
    bigintArray(settlements.map(({ claim }) => claim.id)),
    settlements.map(({ claim }) => claim.token),
    bigintArray(settlements.map(({ claim }) => claim.revision)),
  ];
}

function endings(settlements: readonly Settlement[]): readonly unknown[] {
  const failures = settlements.map((settlement) => ("failure" in settlement ? settlement.failure : undefined));
  return [
    settlements.map((settlement) => settlement.result),
    numberArray(settlements.map((settlement) => ("delayMs" in settlement ? settlement.delayMs : null))),
    failures.map((failure) => failure?.kind ?? null),
    failures.map((failure) => (failure === undefined ? null : storableText(failure.code, 200))),
    failures.map((failure) => (failure === undefined ? null : storableText(failure.message, maxMessageLength))),
  ];
}
