import { failureText, type SettledPositions, settleInOrder } from "@syncline/core/adapter-kit";
import type { Poller, Settlement } from "@syncline/core/spi";
import type { Answer, Connections } from "./connections.ts";
import { chunksOf, positionsOf } from "./positions.ts";
import type { Place } from "./sql/names.ts";
import { settle } from "./sql/settle.ts";
import type { BindValues } from "./statement-binds.ts";
import { withinBytes } from "./text-bytes.ts";

/** Up to a thousand settlements are one round trip. */
export function settleWith(connections: Connections, place: Place): Poller["settle"] {
  const statement = settle(place);
  return (settlements) =>
    settleInOrder(settlements, async (ordered) => {
      const chunks = chunksOf(ordered);
      const [only] = chunks;
      if (only !== undefined && chunks.length === 1)
        return effectsOf(await connections.run(statement, settlementArrays(only.items)), 0);
      return connections.transaction(async (run) => {
        const effects: SettledPositions[] = [];
        for (const { items, offset } of chunks)
          effects.push(effectsOf(await run(statement, settlementArrays(items)), offset));
        const again = effects.flatMap((each) => [...each.again]);
        const late = effects.flatMap((each) => [...each.late]);
        return { result: { again, late } };
      });
    });
}

function effectsOf({ out }: Answer, offset: number): SettledPositions {
  return {
    again: positionsOf(out.again).map((position) => position + offset),
    late: positionsOf(out.late).map((position) => position + offset),
  };
}

function settlementArrays(settlements: readonly Settlement[]): BindValues {
  const failures = settlements.map((settlement) =>
    "failure" in settlement && settlement.failure !== undefined ? failureText(settlement.failure) : null,
  );
  return {
    ids: settlements.map(({ claim }) => claim.id),
    tokens: settlements.map(({ claim }) => claim.token),
    revisions: settlements.map(({ claim }) => claim.revision),
    results: settlements.map(({ result }) => result),
    delays: settlements.map((settlement) => ("delayMs" in settlement ? settlement.delayMs : null)),
    kinds: failures.map((failure) => failure?.kind ?? null),
    codes: failures.map((failure) => failure?.code ?? null),
    messages: failures.map((failure) => (failure === null ? null : withinBytes(failure.message))),
  };
}
