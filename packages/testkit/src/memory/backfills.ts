import {
  type BackfillJob,
  type BackfillLease,
  type BackfillStore,
  type CategoryDefinition,
  SynclineError,
  type WireValue,
} from "@syncline/core/spi";
import { keep } from "./audit.ts";
import type { StoredBackfill } from "./backfill-row.ts";
import { runSelect } from "./evaluate.ts";
import { operate } from "./guard.ts";
import { parseStatement } from "./parse-select.ts";
import type { MemoryStore } from "./store.ts";

export function memoryBackfills(store: MemoryStore): BackfillStore {
  const reported = ({ job, owner, until }: StoredBackfill): BackfillJob => ({
    ...job,
    leaseMs: owner === undefined ? 0 : Math.max(0, until - store.now()),
  });
  const lease = (stored: StoredBackfill, { owner, durationMs }: BackfillLease) => {
    stored.owner = owner;
    stored.until = store.now() + durationMs;
  };
  const isHeld = ({ job, owner }: StoredBackfill, by: string) => job.state === "running" && owner === by;
  const end = (id: string, state: BackfillJob["state"], error: string | null, from: readonly string[]): boolean => {
    const stored = store.backfills.get(id);
    if (stored === undefined || !from.includes(stored.job.state)) return false;
    stored.job = { ...stored.job, state, error, changedAt: store.now() };
    stored.owner = undefined;
    return true;
  };
  return {
    examine: (category, keys, signal) =>
      operate(store, signal, () => {
        const { rows } = rowsOf(store, category, keys);
        return { keyOrder: Object.values(category.fields).join(", "), estimatedTotal: rows.length, byIndex: null };
      }),
    begin: (backfill, given, signal, record) =>
      operate(store, signal, () => {
        const id = String(store.backfills.size + 1);
        const at = store.now();
        const job = {
          ...({ ...backfill, id, state: "running", position: null, done: 0, refused: 0, error: null } as const),
          ...{ actor: record.actor ?? "memory", reason: record.reason },
          ...{ startedAt: at, drivenAt: at, drivenFrom: 0, changedAt: at },
        };
        const stored: StoredBackfill = { job, owner: undefined, until: 0 };
        lease(stored, given);
        store.backfills.set(id, stored);
        keep(store, record, null);
        return id;
      }),
    list: ({ id, limit }, signal) =>
      operate(store, signal, () =>
        [...store.backfills.values()]
          .toReversed()
          .filter(({ job }) => id === undefined || job.id === id)
          .slice(0, limit)
          .map(reported),
      ),
    take: (id, given, throttle, signal, record) =>
      operate(store, signal, () => {
        const stored = store.backfills.get(id);
        const { state } = stored?.job ?? {};
        const isFree = stored?.owner === undefined || stored.until <= store.now();
        if (stored === undefined || !(state === "paused" || state === "failed" || (state === "running" && isFree)))
          return false;
        const at = store.now();
        stored.job = {
          ...{ ...stored.job, ...throttle, state: "running", error: null },
          ...{ drivenAt: at, drivenFrom: stored.job.done, changedAt: at },
        };
        lease(stored, given);
        keep(store, record, 1);
        return true;
      }),
    renew: (id, given, signal) =>
      operate(store, signal, () => {
        const stored = store.backfills.get(id);
        if (stored === undefined || !isHeld(stored, given.owner)) return false;
        lease(stored, given);
        return true;
      }),
    record: (job, category, given, limit, signal) =>
      operate(store, signal, () => {
        const stored = store.backfills.get(job.id);
        if (stored === undefined || !isHeld(stored, given.owner) || stored.job.position !== job.position)
          return undefined;
        const { keys, missing } = rowsOf(store, category, job.keys);
        const after = job.position;
        const page = keys.filter((key) => after === null || compareKeys(key, JSON.parse(after) as Key) > 0);
        const taken = page.slice(0, limit);
        for (const key of taken) recordKey(store, job.strategy, category, key);
        const isLast = taken.length < limit;
        const refused = isLast ? missing : 0;
        stored.job = {
          ...{ ...stored.job, position: taken.length === 0 ? after : JSON.stringify(taken.at(-1)) },
          ...{ done: stored.job.done + taken.length, refused: stored.job.refused + refused, changedAt: store.now() },
          ...(isLast ? { state: "done" as const } : {}),
        };
        if (isLast) stored.owner = undefined;
        else lease(stored, given);
        return { recorded: taken.length, refused, isLast };
      }),
    release: (id, owner, error, signal) =>
      operate(store, signal, () => {
        const stored = store.backfills.get(id);
        if (stored === undefined || !isHeld(stored, owner)) return;
        if (error !== null) end(id, "failed", error, ["running"]);
        stored.owner = undefined;
      }),
    pause: (id, signal, record) =>
      operate(store, signal, () => {
        const isPaused = end(id, "paused", null, ["running"]);
        if (isPaused) keep(store, record, 1);
        return isPaused;
      }),
    cancel: (id, signal, record) =>
      operate(store, signal, () => {
        const isCancelled = end(id, "cancelled", null, ["running", "paused", "failed"]);
        if (isCancelled) keep(store, record, 1);
        return isCancelled;
      }),
    waiting: (strategy, most, signal) =>
      operate(store, signal, () => {
        const isOf = (each: { readonly strategy: string | null }) => each.strategy === strategy;
        const deliveries = [...store.deliveries.values()].filter((each) => isOf(each) && each.state === "pending");
        return Math.min(most, deliveries.length + [...store.changes.values()].filter(isOf).length);
      }),
  };
}

type Key = readonly WireValue[];

/** Each key once, in their order; and how many rows have none. */
function rowsOf(store: MemoryStore, category: CategoryDefinition, keys: string) {
  const { columns, rows } = runSelect(store, parseStatement(keys), []);
  const places = Object.keys(category.fields).map((field) => {
    const at = columns.indexOf(field);
    if (at < 0) throw new SynclineError("query.invalid", `The query has no column "${field}".`);
    return at;
  });
  const found = rows.map((row): Key => places.map((at) => row[at] ?? null));
  const whole = found.filter((key) => !key.includes(null)).toSorted(compareKeys);
  const each = whole.filter((key, index) => index === 0 || compareKeys(key, whole[index - 1] ?? []) !== 0);
  return { rows, keys: each, missing: found.length - whole.length };
}

function compareKeys(one: Key, other: Key): number {
  for (const [index, value] of one.entries()) {
    const against = other[index] ?? null;
    if (value === against || value === null || against === null) continue;
    return value < against ? -1 : 1;
  }
  return 0;
}

function recordKey(store: MemoryStore, strategy: string, { name, fields }: CategoryDefinition, key: Key): void {
  store.lastChangeId += 1n;
  const condition = JSON.stringify(Object.fromEntries(Object.keys(fields).map((field, index) => [field, key[index]])));
  store.changes.set(store.lastChangeId, {
    ...{ id: String(store.lastChangeId), category: name, condition, operation: "upsert", strategy },
    recordedAt: store.now(),
  });
}
