import { failureText, settleInOrder } from "@syncline/core/adapter-kit";
import type { Poller, Settlement } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { wholeMs } from "./milliseconds.ts";
import { settleDeliveries } from "./sql/settle-deliveries.ts";

/** One call: one round trip, and a transaction of its own. */
export function settleWith(connections: Connections, schema: string): Poller["settle"] {
  const statement = settleDeliveries(schema);
  return (settlements) =>
    settleInOrder(settlements, async (ordered) => {
      const rows = await connections.run(statement, { settlements: JSON.stringify(ordered.map(settlementJson)) });
      const positions = (effect: string) =>
        rows.filter((row) => row[1] === effect).map(([position]) => Number(position));
      return { again: positions("again"), late: positions("late") };
    });
}

function settlementJson(settlement: Settlement, n: number): object {
  const { claim, result } = settlement;
  const failure = "failure" in settlement ? failureText(settlement.failure) : undefined;
  return {
    n,
    s: claim.strategy,
    k: claim.key,
    i: claim.ordinal,
    t: claim.token,
    v: claim.revision,
    r: result,
    d: "delayMs" in settlement ? wholeMs(settlement.delayMs) : 0,
    a: failure?.kind ?? null,
    b: failure?.code ?? null,
    c: failure?.message ?? null,
  };
}
