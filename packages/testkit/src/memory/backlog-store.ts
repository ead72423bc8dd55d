import type { BacklogStore, KeyFindings, KeyQuery, RecordedChange, StrategyBacklog } from "@syncline/core/spi";
import { keep } from "./audit.ts";
import { backfillOn } from "./backfill.ts";
import { causesOf, changeDeadLetters, pageOf } from "./dead-letters.ts";
import type { StoredDelivery } from "./delivery-row.ts";
import { operate } from "./guard.ts";
import { isStopped } from "./order.ts";
import { type MemoryStore, placeOf, sortedById } from "./store.ts";

export function memoryBacklog(store: MemoryStore): BacklogStore {
  return {
    status: (signal) =>
      operate(store, signal, () => ({
        changes: store.changes.size,
        oldestChangeAgeMs: ageOf(
          store,
          [...store.changes.values()].map(({ recordedAt }) => recordedAt),
        ),
        refused: store.refused.size,
        strategies: strategyBacklogs(store),
      })),
    deadLetters: (query, signal) => operate(store, signal, () => pageOf(store, query)),
    find: (query, signal) => operate(store, signal, () => findingsOf(store, query)),
    causes: (filter, signal) => operate(store, signal, () => causesOf(store, filter)),
    requeue: (selection, signal, record) =>
      operate(store, signal, () => keep(store, record, changeDeadLetters(store, selection, requeueOn(store)))),
    discard: (selection, signal, record) =>
      operate(store, signal, () => {
        const forget = (delivery: StoredDelivery) => store.deliveries.delete(placeOf(delivery));
        return keep(store, record, changeDeadLetters(store, selection, forget));
      }),
    pause: (strategy, signal, record) =>
      operate(store, signal, () => {
        store.paused.add(strategy);
        keep(store, record, 1);
      }),
    resume: (strategy, signal, record) =>
      operate(store, signal, () => {
        store.paused.delete(strategy);
        keep(store, record, 1);
      }),
    backfill: backfillOn(store),
    readmit: (categories, signal) => operate(store, signal, () => readmit(store, categories)),
  };
}

function strategyBacklogs(store: MemoryStore): readonly StrategyBacklog[] {
  const all = [...store.deliveries.values()];
  const names = new Set([...all.map(({ strategy }) => strategy), ...store.paused]);
  return [...names].sort().map((strategy) => {
    const own = all.filter((delivery) => delivery.strategy === strategy);
    const pending = own.filter(({ state }) => state === "pending");
    const later = pending.filter(({ dueAt }) => dueAt > store.now());
    const blocked = pending.filter((each) => !later.includes(each) && isStopped(store, each)).length;
    return {
      strategy,
      due: pending.length - later.length - blocked,
      blocked,
      waiting: later.filter(({ token }) => token === undefined).length,
      leased: later.filter(({ token }) => token !== undefined).length,
      dead: own.filter(({ state }) => state === "dead").length,
      held: own.filter(({ state }) => state === "held").length,
      oldestAgeMs: ageOf(
        store,
        pending.map(({ firstRecordedAt }) => firstRecordedAt),
      ),
      paused: store.paused.has(strategy),
    };
  });
}

function findingsOf(store: MemoryStore, { category, key, strategies, most }: KeyQuery): KeyFindings {
  const age = (time: number) => Math.max(0, store.now() - time);
  const found = (changes: readonly { readonly change: RecordedChange; readonly reason: string | null }[]) =>
    changes
      .filter(({ change }) => change.category === category)
      .slice(0, most)
      .map(({ change: { condition, strategy, recordedAt }, reason }) => ({
        ...{ condition, strategy, reason },
        ageMs: age(recordedAt),
      }));
  return {
    changes: found([...store.changes.values()].map((change) => ({ change, reason: null }))),
    refused: found([...store.refused.values()]),
    deliveries: [...store.deliveries.values()]
      .filter((delivery) => delivery.key === key && strategies.includes(delivery.strategy))
      .sort((one, other) => byText(one.strategy, other.strategy) || Number(BigInt(one.ordinal) - BigInt(other.ordinal)))
      .map(({ id, strategy, state, token, dueAt, operation, attempts, firstRecordedAt, failure }) => ({
        ...{ id: String(id), strategy, state, operation, attempts, failure },
        leased: token !== undefined && dueAt > store.now(),
        dueInMs: Math.ceil(dueAt - store.now()),
        ageMs: age(firstRecordedAt),
      })),
  };
}

function byText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function ageOf(store: MemoryStore, times: readonly number[]): number {
  return times.length === 0 ? 0 : Math.max(0, store.now() - Math.min(...times));
}

/** The next epoch: the same content then goes out under another delivery id. */
function requeueOn(store: MemoryStore): (delivery: StoredDelivery) => void {
  return (delivery) => {
    delivery.state = "pending";
    delivery.token = undefined;
    delivery.debounced = false;
    delivery.dueAt = store.now();
    delivery.attempts = 0;
    delivery.epoch += 1;
    delivery.failure = undefined;
    delivery.diedAt = undefined;
  };
}

/** In their order and with their times, under new ids. */
function readmit(store: MemoryStore, categories: readonly string[]): number {
  const chosen = sortedById(store.refused).filter(([, { change }]) => categories.includes(change.category));
  for (const [id, { change }] of chosen) {
    store.refused.delete(id);
    store.lastChangeId += 1n;
    store.changes.set(store.lastChangeId, { ...change, id: String(store.lastChangeId) });
  }
  return chosen.length;
}
