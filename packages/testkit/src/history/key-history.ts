import type { ArrivedItem, CommittedChange, History, ObservedDeadLetter, StrategyFacts } from "./observation.ts";

/** An item with the times of the call it came in. */
export interface ItemArrival extends ArrivedItem {
  readonly at: number;
  readonly endedAt: number;
  readonly abandoned: boolean;
}

/** Everything seen of one (strategy, key), each list oldest first. */
export interface KeyHistory {
  readonly strategy: StrategyFacts;
  readonly key: string;
  readonly changes: readonly CommittedChange[];
  readonly arrivals: readonly ItemArrival[];
  readonly deadLetter: ObservedDeadLetter | undefined;
  /** How many leases of one delivery can have lapsed. */
  readonly lapses: number;
  /** Times in which a worker may have been unable to act, or to hear an answer. */
  readonly overruns: History["overruns"];
  /** Times in which workers may have ended calls themselves. */
  readonly hangUps: History["hangUps"];
  /** What the source yields; `undefined` where it was not asked. */
  readonly source: string | null | undefined;
}

/** The history, cut by strategy and key. Keys that were only changed, only sent or only asked for are among them. */
export function keyHistories(history: History): readonly KeyHistory[] {
  return history.strategies.flatMap((strategy) => {
    const changes = groupBy(
      history.changes.filter(({ category }) => category === strategy.category),
      ({ key }) => key,
    );
    const arrivals = groupBy(arrivalsOf(history, strategy.name), ({ key }) => key);
    const source = new Map(only(history.source, strategy.name).map((each) => [each.key, each.content]));
    const dead = new Map(only(history.deadLetters, strategy.name).map((each) => [each.key, each]));
    const keys = new Set([...changes.keys(), ...arrivals.keys(), ...source.keys(), ...dead.keys()]);
    return [...keys].sort().map((key) => ({
      strategy,
      key,
      changes: changes.get(key) ?? [],
      arrivals: arrivals.get(key) ?? [],
      deadLetter: dead.get(key),
      lapses: history.lapses,
      overruns: history.overruns,
      hangUps: history.hangUps,
      source: source.get(key),
    }));
  });
}

function arrivalsOf(history: History, strategy: string): readonly ItemArrival[] {
  return only(history.arrivals, strategy)
    .flatMap(({ items, at, endedAt, abandoned }) => items.map((item) => ({ ...item, at, endedAt, abandoned })))
    .sort((one, other) => one.at - other.at);
}

function only<Entry extends { readonly strategy: string }>(entries: readonly Entry[], strategy: string) {
  return entries.filter((entry) => entry.strategy === strategy);
}

function groupBy<Entry>(entries: readonly Entry[], keyOf: (entry: Entry) => string): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const group = groups.get(keyOf(entry)) ?? [];
    groups.set(keyOf(entry), group);
    group.push(entry);
  }
  return groups;
}
