import { type BacklogStore, type RecordedChange, SynclineError } from "@syncline/core/spi";
import { keep } from "./audit.ts";
import { runSelect } from "./evaluate.ts";
import { operate } from "./guard.ts";
import { parseStatement } from "./parse-select.ts";
import type { MemoryStore } from "./store.ts";

export function backfillOn(store: MemoryStore): BacklogStore["backfill"] {
  return (backfill, signal, record) =>
    operate(store, signal, () => {
      const pointers: readonly Pointer[] =
        "changes" in backfill
          ? backfill.changes.map(({ category, key, operation }) => ({ category, condition: key, operation }))
          : keysOf(store, backfill.category, backfill.keys);
      for (const pointer of pointers) {
        store.lastChangeId += 1n;
        const change = {
          ...pointer,
          id: String(store.lastChangeId),
          strategy: backfill.strategy,
          recordedAt: store.now(),
        };
        store.changes.set(store.lastChangeId, change);
      }
      return keep(store, record, pointers.length);
    });
}

type Pointer = Pick<RecordedChange, "category" | "condition" | "operation">;

/** The spelling of the conditions need not be canonical: a worker makes it so. */
function keysOf(
  store: MemoryStore,
  category: { readonly name: string; readonly fields: { readonly [field: string]: string } },
  keys: string,
): readonly Pointer[] {
  const { columns, rows } = runSelect(store, parseStatement(keys), []);
  return rows.map((row) => {
    const pairs = Object.keys(category.fields).map((field) => {
      const at = columns.indexOf(field);
      if (at < 0) throw new SynclineError("query.invalid", `The query has no column "${field}".`);
      if (row[at] === null) throw new SynclineError("query.data", `The query yields a row without "${field}".`);
      return [field, row[at]] as const;
    });
    return { category: category.name, condition: JSON.stringify(Object.fromEntries(pairs)), operation: "upsert" };
  });
}
