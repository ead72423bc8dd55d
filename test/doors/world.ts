import {
  adaptiveSchedule,
  category,
  createPipeline,
  type Health,
  type Pipeline,
  type PipelineOptions,
  strategy,
} from "@syncline/core";
import type { Logger, Outcome, SyncCall, Transport } from "@syncline/core/spi";
import { type MemoryDatabase, type MemoryTransaction, memoryDatabase } from "@syncline/testkit";
import { waitFor } from "../harness/wait-for.ts";

export type Options = PipelineOptions<MemoryTransaction>;

export const item = category("item", { id: "bigint" }, { table: "item" });

export const definition = {
  category: item,
  query: 'SELECT i.id AS "id", i.label AS "label" FROM item i WHERE i.id = :id',
  path: "/x",
  whenAbsent: "skip",
  timeoutMs: 200,
  queryTimeoutMs: 200,
} as const;

/** Every limit is short, so that what hangs is given up soon. */
const tuning = {
  leaseMs: 2_000,
  leaseMarginMs: 500,
  databaseTimeoutMs: 300,
  databaseRetryMs: 20,
  breakerOpenMs: 20,
  breakerMaxOpenMs: 100,
  throttleMs: 20,
};

/** A transport that keeps what it was given. */
export function keeping(more: Partial<Transport> = {}): { readonly transport: Transport; readonly kept: SyncCall[] } {
  const kept: SyncCall[] = [];
  const invoke = async (call: SyncCall): Promise<Outcome> => {
    kept.push(call);
    return { status: "accepted" };
  };
  const capabilities = { batch: true, perItemOutcome: true, delete: true };
  const transport: Transport = { specVersion: 1, name: "kept", capabilities, open: () => ({ invoke }), ...more };
  return { transport, kept };
}

export interface World {
  readonly pipeline: Pipeline<MemoryTransaction>;
  readonly database: MemoryDatabase;
  /** What the log was told, a line each. */
  readonly lines: readonly string[];
  /** Calls of the lane that goes through the door, and of the healthy one beside it. */
  readonly door: readonly SyncCall[];
  readonly well: readonly SyncCall[];
  readonly attempts: readonly number[];
  /** Records a change of another key. */
  write(): Promise<void>;
}

/** A pipeline of two lanes on a database in memory, one of them through the door. Not started. */
export function openWorld(change: (options: Options, database: MemoryDatabase) => Partial<Options>): World {
  const database = memoryDatabase();
  const table = { columns: ["id", "label"], rows: new Map(), delayMs: 0 };
  database.store.tables.set("item", table);
  const lines: string[] = [];
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push(`${level} ${JSON.stringify(fields)} ${message}`);
  const log: Logger = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  const door = keeping();
  const well = keeping();
  const sound: Options = {
    database,
    categories: [item],
    downstreams: { door: door.transport, well: well.transport },
    strategies: [
      strategy("door", { ...definition, downstream: "door" }),
      strategy("well", { ...definition, downstream: "well" }),
    ],
    schedule: adaptiveSchedule({ minMs: 5, maxMs: 20 }),
    tuning,
    log,
  };
  const pipeline = createPipeline<MemoryTransaction>({ ...sound, ...change(sound, database) });
  const attempts: number[] = [];
  pipeline.on("retried", ({ strategy: name, attempt }) => {
    if (name === "door") attempts.push(attempt);
  });
  let ids = 0;
  return {
    pipeline,
    database,
    lines,
    door: door.kept,
    well: well.kept,
    attempts,
    write: async () => {
      ids += 1;
      table.rows.set(ids, { id: ids, label: `item ${ids}` });
      const tx = database.begin();
      await database.recorder.record(tx, [item.changed({ id: ids })]);
      tx.commit();
    },
  };
}

/** The healthy lane takes a change that is written now. */
export async function delivers({ write, well }: Pick<World, "write" | "well">): Promise<void> {
  const before = well.length;
  await write();
  await waitFor("the healthy lane to deliver", () => well.length > before, 10_000);
}

export function problemOf({ pipeline }: World, part: string, code: string): Health["problems"][number] | undefined {
  return pipeline.health().problems.find((problem) => problem.part === part && problem.code === code);
}
