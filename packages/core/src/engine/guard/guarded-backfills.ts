import type { BackfillStore } from "../../contracts/backfill-store.ts";
import { aCount, aList, anything, aRecord, isCount, isDigits, isRecord, isText, told } from "./answer-checks.ts";
import { endless, type Guard, type Nonsense } from "./guard.ts";

/** A SELECT of keys takes as long as its table is large: it ends with its own signal. */
export function guardBackfills(store: BackfillStore, guard: Guard, limitMs: number): BackfillStore {
  const bounded = <Answer>(member: string, ask: () => Promise<Answer>, nonsense: Nonsense, signal: AbortSignal) =>
    guard.ask(member, ask, nonsense, { limitMs, signal });
  return {
    examine: (category, keys, signal) =>
      guard.ask("examine", () => store.examine(category, keys, signal), examined, { limitMs: endless, signal }),
    record: (job, category, lease, limit, signal) =>
      guard.ask("record", () => store.record(job, category, lease, limit, signal), chunk, {
        ...{ limitMs: endless, signal },
      }),
    begin: (backfill, lease, signal, record) =>
      bounded("begin", () => store.begin(backfill, lease, signal, record), anId, signal),
    list: (query, signal) => bounded("list", () => store.list(query, signal), jobs, signal),
    take: (id, lease, throttle, signal, record) =>
      bounded("take", () => store.take(id, lease, throttle, signal, record), aFlag, signal),
    renew: (id, lease, signal) => bounded("renew", () => store.renew(id, lease, signal), aFlag, signal),
    release: (id, owner, error, signal) =>
      bounded("release", () => store.release(id, owner, error, signal), anything, signal),
    pause: (id, signal, record) => bounded("pause", () => store.pause(id, signal, record), aFlag, signal),
    cancel: (id, signal, record) => bounded("cancel", () => store.cancel(id, signal, record), aFlag, signal),
    waiting: (strategy, most, signal) =>
      bounded("waiting", () => store.waiting(strategy, most, signal), aCount, signal),
  };
}

const aFlag: Nonsense = (answer) =>
  typeof answer === "boolean" ? undefined : `${told(answer)} instead of true or false`;
const anId: Nonsense = (answer) => (isDigits(answer) ? undefined : `${told(answer)}, which is no id`);
const isOptionalCount = (value: unknown): boolean => value === null || isCount(value);
const examined = aRecord({ keyOrder: (value) => typeof value === "string", estimatedTotal: isOptionalCount });
const aChunk = aRecord({ recorded: isCount, refused: isCount, isLast: (value) => typeof value === "boolean" });
const chunk: Nonsense = (answer) => (answer === undefined ? undefined : aChunk(answer));
const states = new Set<unknown>(["running", "paused", "done", "failed", "cancelled"]);
const jobs = aList(
  (value) =>
    isRecord(value) &&
    isDigits(value.id) &&
    states.has(value.state) &&
    ["strategy", "category", "fields", "keys"].every((name) => isText(value[name])) &&
    ["done", "refused", "chunk"].every((name) => isCount(value[name])) &&
    ["startedAt", "changedAt", "leaseMs"].every((name) => Number.isFinite(value[name])),
  "backfills",
);
