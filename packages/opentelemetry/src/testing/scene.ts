import {
  adaptiveSchedule,
  category,
  createPipeline,
  type Pipeline,
  type PipelineOptions,
  strategy,
} from "@syncline/core";
import type { Outcome, StrategyOptions, SyncCall, Transport } from "@syncline/core/spi";
import { type MemoryDatabase, type MemoryTransaction, memoryDatabase } from "@syncline/testkit";

const item = category("item", { id: "bigint" }, { table: "item" });

export interface Scene {
  readonly database: MemoryDatabase;
  readonly pipeline: Pipeline<MemoryTransaction>;
  /** Trace context of each call, in their order. */
  readonly headers: { readonly [header: string]: string }[];
  readonly calls: SyncCall[];
  /** Rows are there and their changes recorded; without rows where `exists` is false. */
  write(ids: readonly number[], exists?: boolean): Promise<void>;
}

/** A pipeline on a database in memory, with a downstream that answers as it is told. Not started. */
export function openScene(
  answer: (call: SyncCall) => Outcome | Promise<Outcome>,
  more: Partial<PipelineOptions<MemoryTransaction>> = {},
  options: Partial<StrategyOptions> = {},
  database = memoryDatabase(),
): Scene {
  const table = database.store.tables.get("item") ?? { columns: ["id", "label"], rows: new Map(), delayMs: 0 };
  database.store.tables.set("item", table);
  const headers: { readonly [header: string]: string }[] = [];
  const calls: SyncCall[] = [];
  const transport: Transport = {
    specVersion: 1,
    name: "told",
    capabilities: { batch: true, perItemOutcome: true, delete: true },
    open: () => ({
      invoke: async (call, context) => {
        headers.push(context.trace);
        calls.push(call);
        return await answer(call);
      },
    }),
  };
  const pipeline = createPipeline<MemoryTransaction>({
    database,
    categories: [item],
    downstreams: { crm: transport },
    strategies: [
      strategy("crm-items", {
        category: item,
        query: 'SELECT i.id AS "id", i.label AS "label" FROM item i WHERE i.id = :id',
        downstream: "crm",
        path: "/items/{id}",
        whenAbsent: "skip",
        ...options,
      }),
    ],
    schedule: adaptiveSchedule({ minMs: 5, maxMs: 20 }),
    tuning: { breakerOpenMs: 20, breakerMaxOpenMs: 100 },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    ...more,
  });
  return {
    database,
    pipeline,
    headers,
    calls,
    write: async (ids, exists = true) => {
      if (exists) for (const id of ids) table.rows.set(id, { id, label: `item ${id}` });
      const tx = database.begin();
      await pipeline.recorder.record(
        tx,
        ids.map((id) => item.changed({ id })),
      );
      tx.commit();
    },
  };
}

export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const until = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`Waited in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
