import type { DefinitionRow, DefinitionTable, StrategyDefinition } from "@syncline/core/spi";
import { keep } from "./audit.ts";
import { operate } from "./guard.ts";
import type { MemoryStore, StoredDefinition } from "./store.ts";
import { keepVersion } from "./strategy-store.ts";

export function memoryDefinitions(store: MemoryStore): DefinitionTable {
  const revision = () => String(store.strategiesRevision);
  return {
    categories: (signal) =>
      operate(store, signal, () => ({
        categories: named(store.categories).map((definition) => ({
          source: `memory.category[${definition.name}]`,
          definition: structuredClone(definition),
        })),
        revision: revision(),
      })),
    list: (signal) => operate(store, signal, () => ({ rows: rowsOf(store), revision: revision() })),
    edit: (edits, expected, signal, record) =>
      operate(store, signal, () => {
        if (revision() !== expected) return false;
        // Before anything is changed: all of it, or nothing.
        for (const edit of edits) if ("definition" in edit) JSON.parse(edit.definition);
        for (const edit of edits) {
          const { kind, name } = edit;
          const rows: Map<string, StoredDefinition | StrategyDefinition> =
            kind === "category" ? store.categories : store.strategies;
          const before = rows.get(name);
          if (kind === "strategy") store.disabled.delete(name);
          if ("remove" in edit) rows.delete(name);
          else {
            rows.set(name, { ...(JSON.parse(edit.definition) as object), name } as StrategyDefinition);
            if (!edit.enabled) store.disabled.add(name);
          }
          if (kind === "strategy") keepVersion(store, name, before, rows.get(name), record?.actor ?? null);
        }
        if (edits.length > 0) store.strategiesRevision += 1;
        keep(store, record, edits.length);
        return true;
      }),
  };
}

function rowsOf({ categories, strategies, disabled }: MemoryStore): readonly DefinitionRow[] {
  return [
    ...named(categories).map(({ name, ...definition }) => rowOf("category", name, definition, true)),
    ...named(strategies).map(({ name, ...definition }) => rowOf("strategy", name, definition, !disabled.has(name))),
  ];
}

function rowOf(kind: DefinitionRow["kind"], name: string, definition: object, enabled: boolean): DefinitionRow {
  return { kind, name, definition: JSON.stringify(definition), enabled };
}

function named<Row extends { readonly name: string }>(rows: ReadonlyMap<string, Row>): readonly Row[] {
  return [...rows.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}
