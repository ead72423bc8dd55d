import type { DatabaseAdapter, DatabaseContext, DatabaseSession, StrategyDefinition } from "@syncline/core/spi";
import type { DatabaseCapability, DatabaseFixture, SourceRow } from "../database/fixture.ts";
import { recordCaptured } from "../memory/capture.ts";
import { memoryDatabase } from "../memory/memory-database.ts";
import type { MemoryStore, MemoryTable } from "../memory/store.ts";
import { editStrategy } from "../memory/strategy-store.ts";
import type { MemoryTransaction } from "../memory/transaction.ts";

export const memoryCapabilities: readonly DatabaseCapability[] = [
  "multipleWorkers",
  "strategyTable",
  "snapshotReads",
  "strandedWork",
  "capture",
  "sources",
  "audit",
  "definitions",
  "strategyHistory",
  "diagnosis",
  "backfills",
  "concurrentTransactions",
  "slowQueries",
  "failingValues",
  "tablesAnew",
];

export const quietContext: DatabaseContext = {
  log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
};
const columns = ["id", "owner", "label"];

/** Breaks an adapter on purpose. */
export type Breakage = (
  adapter: DatabaseAdapter<MemoryTransaction>,
  store: MemoryStore,
) => DatabaseAdapter<MemoryTransaction>;

export function memoryFixture(breakage: Breakage = (adapter) => adapter): DatabaseFixture<MemoryTransaction> {
  const { store, begin, ...sound } = memoryDatabase();
  const adapter = breakage(sound, store);
  const rows: MemoryTable["rows"] = new Map();
  store.tables.set("item", { columns, rows, delayMs: 0 });
  store.tables.set("slow_item", { columns, rows, delayMs: 60_000 });
  const rowsOf = (ids: readonly number[]) => ids.map((id) => rows.get(id)).filter((row) => row !== undefined);
  const open = (): DatabaseSession => adapter.open(quietContext);
  return {
    adapter,
    session: open(),
    begin: async () => {
      const transaction = begin();
      return {
        tx: transaction,
        commit: async () => transaction.commit(),
        rollback: async () => transaction.rollback(),
      };
    },
    source: {
      name: "item",
      captureName: "item",
      put: async (given) => {
        const before = rowsOf(given.map(({ id }) => id));
        for (const row of given) rows.set(row.id, asRow(row));
        recordCaptured(store, "item", before, given.map(asRow));
      },
      remove: async (ids) => {
        const before = rowsOf(ids);
        for (const id of ids) rows.delete(id);
        recordCaptured(store, "item", before, []);
      },
    },
    templates: {
      slow: 'SELECT i.id AS "id" FROM slow_item i WHERE i.id = :id',
      failing: 'SELECT NUMBER(i.label) AS "label" FROM item i WHERE i.id = :id',
      writing: ["DELETE FROM item", "UPDATE item SET label = 'x'"],
    },
    openSession: async () => open(),
    strategies: {
      put: async (definition: StrategyDefinition) => editStrategy(store, definition.name, definition),
      remove: async (name) => editStrategy(store, name, undefined),
    },
    openAnew: async () => {
      const { store, ...anew } = memoryDatabase();
      return breakage(anew, store).open(quietContext);
    },
    close: async () => {},
  };
}

function asRow({ id, owner, label }: SourceRow) {
  return { id, owner, label };
}
