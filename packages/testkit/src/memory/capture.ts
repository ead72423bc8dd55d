import {
  type CaptureReport,
  type CaptureTarget,
  type ChangeCapture,
  SynclineError,
  sourceColumn,
  type WireValue,
} from "@syncline/core/spi";
import { operate } from "./guard.ts";
import type { MemoryStore } from "./store.ts";

type Row = { readonly [column: string]: WireValue };

/** What a trigger is elsewhere: a table's changes are recorded for each category that captures it. */
export function memoryCapture(store: MemoryStore): ChangeCapture {
  const placeOf = ({ category, source }: CaptureTarget) => JSON.stringify([source.table, category.name]);
  const report = (target: CaptureTarget, statements: readonly string[]): CaptureReport => {
    const { table } = target.source;
    const isThere = store.captured.has(placeOf(target));
    return {
      category: target.category.name,
      table,
      state: isThere ? "installed" : "absent",
      triggers: isThere ? [{ table, name: `on_${target.category.name}` }] : [],
      drift: [],
      uncaptured: [],
      statements,
    };
  };
  return {
    install: (target, signal) =>
      operate(store, signal, () => {
        check(store, target);
        const statements = store.captured.has(placeOf(target)) ? [] : [`CAPTURE ${target.source.table}`];
        store.captured.set(placeOf(target), target);
        return report(target, statements);
      }),
    show: (target, signal) =>
      operate(store, signal, () => {
        check(store, target);
        return report(target, store.captured.has(placeOf(target)) ? [] : [`CAPTURE ${target.source.table}`]);
      }),
    remove: (target, signal) =>
      operate(store, signal, () => {
        const wasThere = store.captured.delete(placeOf(target));
        return report(target, wasThere ? [`UNCAPTURE ${target.source.table}`] : []);
      }),
  };
}

function check(store: MemoryStore, { category, source }: CaptureTarget): void {
  const columns = store.tables.get(source.table)?.columns;
  const problems =
    columns === undefined
      ? [{ at: "source.table", message: `There is no table ${source.table}.` }]
      : Object.keys(category.fields)
          .filter((field) => !columns.includes(sourceColumn(source, field)))
          .map((field) => ({ at: `source.columns.${field}`, message: `${source.table} has no such column.` }));
  if (problems.length > 0) throw new SynclineError("config.invalid", "The source cannot be captured.", { problems });
}

/** A statement has changed these rows of a table: each key is recorded once, the former ones, too. */
export function recordCaptured(store: MemoryStore, table: string, before: readonly Row[], after: readonly Row[]): void {
  for (const { category, source } of store.captured.values()) {
    if (source.table !== table) continue;
    const keysOf = (rows: readonly Row[]) =>
      new Set(
        rows.map((row) =>
          JSON.stringify(
            Object.fromEntries(Object.keys(category.fields).map((field) => [field, row[sourceColumn(source, field)]])),
          ),
        ),
      );
    const now = keysOf(after);
    for (const condition of new Set([...now, ...keysOf(before)])) {
      store.lastChangeId += 1n;
      const operation = now.has(condition) ? "upsert" : "delete";
      const change = {
        category: category.name,
        condition,
        operation,
        strategy: null,
        recordedAt: store.now(),
      } as const;
      store.changes.set(store.lastChangeId, { ...change, id: String(store.lastChangeId) });
    }
  }
}
