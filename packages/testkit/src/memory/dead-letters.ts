import {
  type DeadLetter,
  type DeadLetterPage,
  type DeadLetterQuery,
  type DeadLetterSelection,
  type Problem,
  SynclineError,
} from "@syncline/core/spi";
import type { StoredDelivery } from "./delivery-row.ts";
import type { MemoryStore } from "./store.ts";

export function pageOf(store: MemoryStore, { strategy, limit = 100, after }: DeadLetterQuery): DeadLetterPage {
  if (after !== undefined) refuseWrongIds([after], () => "after");
  const matching = buried(store)
    .filter((delivery) => delivery.id > BigInt(after ?? 0))
    .filter((delivery) => strategy === undefined || delivery.strategy === strategy);
  const items = matching.slice(0, limit).map(letterOf);
  return { items, next: matching.length > items.length ? items.at(-1)?.id : undefined };
}

/** Returns how many were chosen. What is alive is never touched. */
export function changeDeadLetters(
  store: MemoryStore,
  selection: DeadLetterSelection,
  change: (delivery: StoredDelivery) => void,
): number {
  if ("ids" in selection) refuseWrongIds(selection.ids, (index) => `ids[${index}]`);
  const chosen = buried(store).filter((delivery) =>
    "ids" in selection ? selection.ids.includes(String(delivery.id)) : delivery.strategy === selection.strategy,
  );
  for (const delivery of chosen) change(delivery);
  return chosen.length;
}

function buried(store: MemoryStore): readonly StoredDelivery[] {
  return [...store.deliveries.values()]
    .filter(({ state }) => state !== "pending")
    .sort((one, other) => (one.id < other.id ? -1 : 1));
}

function letterOf(delivery: StoredDelivery): DeadLetter {
  return {
    id: String(delivery.id),
    strategy: delivery.strategy,
    key: delivery.key,
    state: delivery.state === "held" ? "held" : "dead",
    operation: delivery.operation,
    attempts: delivery.attempts,
    epoch: delivery.epoch,
    failure: delivery.failure ?? { kind: "", code: "", message: "" },
    diedAt: delivery.diedAt ?? 0,
  };
}

function refuseWrongIds(ids: readonly string[], placeOfId: (index: number) => string): void {
  const problems = ids.flatMap((id, index): Problem[] =>
    /^\d{1,18}$/.test(id)
      ? []
      : [{ at: placeOfId(index), message: `${JSON.stringify(id)} is no id of a dead letter.` }],
  );
  if (problems.length > 0) throw new SynclineError("config.invalid", "There are no such dead letters.", { problems });
}
