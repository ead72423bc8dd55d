import {
  type ChosenDeadLetters,
  type DeadLetter,
  type DeadLetterCause,
  type DeadLetterFilter,
  type DeadLetterPage,
  type DeadLetterQuery,
  type Problem,
  SynclineError,
} from "@syncline/core/spi";
import type { StoredDelivery } from "./delivery-row.ts";
import type { MemoryStore } from "./store.ts";

export function pageOf(store: MemoryStore, { limit = 100, after, ...filter }: DeadLetterQuery): DeadLetterPage {
  if (after !== undefined) refuseWrongIds([after], () => "after");
  const matching = fitting(store, filter).filter(({ id }) => BigInt(id) > BigInt(after ?? 0));
  const items = matching.slice(0, limit);
  return { items, next: matching.length > items.length ? items.at(-1)?.id : undefined };
}

/** By strategy, kind and code. */
export function causesOf(store: MemoryStore, filter: DeadLetterFilter): readonly DeadLetterCause[] {
  const groups = new Map<string, DeadLetter[]>();
  for (const letter of fitting(store, filter)) {
    const name = JSON.stringify([letter.strategy, letter.failure.kind, letter.failure.code]);
    groups.set(name, [...(groups.get(name) ?? []), letter]);
  }
  return [...groups.values()]
    .flatMap((letters): DeadLetterCause[] => {
      const [first] = letters;
      if (first === undefined) return [];
      const times = letters.map(({ diedAt }) => diedAt);
      return [
        {
          strategy: first.strategy,
          ...first.failure,
          count: letters.length,
          held: letters.filter(({ state }) => state === "held").length,
          oldestDiedAt: Math.min(...times),
          newestDiedAt: Math.max(...times),
        },
      ];
    })
    .sort((one, other) => other.count - one.count)
    .slice(0, 1_000);
}

function fitting(store: MemoryStore, filter: DeadLetterFilter): readonly DeadLetter[] {
  const { strategy, key, kind, code, state, olderThanMs } = filter;
  return buried(store)
    .map(letterOf)
    .filter(
      (letter) =>
        (strategy === undefined || letter.strategy === strategy) &&
        (key === undefined || letter.key.includes(key)) &&
        (kind === undefined || letter.failure.kind === kind) &&
        (code === undefined || letter.failure.code === code) &&
        (state === undefined || letter.state === state) &&
        (olderThanMs === undefined || letter.diedAt <= store.now() - olderThanMs),
    );
}

/** Returns how many were chosen. What is alive is never touched. */
export function changeDeadLetters(
  store: MemoryStore,
  selection: ChosenDeadLetters,
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
