import { postgresRecorder } from "@syncline/postgres";
import pg from "pg";
import { clockMs } from "../processes/clock.ts";
import { serve } from "../processes/serve.ts";
import { item } from "./shop.ts";

/** Transactions of one kind, back to back on each connection. */
export interface RecordTrial {
  readonly databaseUrl: string;
  readonly connections: number;
  /** Recorded in each transaction; 0 leaves the recorder out. */
  readonly changes: number;
  readonly notify: boolean;
  readonly preparedStatements: boolean;
  /** A statement that does nothing instead: what any one more costs. */
  readonly idle?: boolean;
  /** Which table is updated: one of them has a trigger that records. */
  readonly table: "item" | "watched";
  readonly rows: number;
  readonly durationMs: number;
}

export interface RecordResult {
  readonly transactions: number;
  readonly seconds: number;
}

let pool: pg.Pool | undefined;

serve({
  connect: ({ databaseUrl, connections }: { readonly databaseUrl: string; readonly connections: number }) => {
    pool = new pg.Pool({ connectionString: databaseUrl, max: connections, idleTimeoutMillis: 0 });
  },
  measure: repeat,
  end: () => pool?.end(),
});

async function repeat(trial: RecordTrial): Promise<RecordResult> {
  const startMs = clockMs();
  let transactions = 0;
  const business = async () => {
    const client = await pool?.connect();
    if (client === undefined) throw new Error("Not connected.");
    try {
      while (clockMs() < startMs + trial.durationMs) {
        await transact(client, trial);
        transactions += 1;
      }
    } finally {
      client.release();
    }
  };
  await Promise.all(Array.from({ length: trial.connections }, business));
  return { transactions, seconds: (clockMs() - startMs) / 1000 };
}

const recorders = {
  quiet: postgresRecorder(),
  notifying: postgresRecorder({ wakeUp: { notify: true } }),
  preparing: postgresRecorder({ preparedStatements: true }),
};

async function transact(
  client: pg.PoolClient,
  { changes, notify, preparedStatements, idle, table, rows }: RecordTrial,
): Promise<void> {
  const id = 1 + Math.floor(Math.random() * rows);
  await client.query("BEGIN");
  const text = `UPDATE ${table} SET quantity = quantity + 1 WHERE id = $1`;
  await client.query({ name: `change_${table}`, text, values: [id] });
  if (idle === true) await client.query({ name: "idle", text: "SELECT" });
  if (changes > 0) {
    const recorder = preparedStatements ? recorders.preparing : notify ? recorders.notifying : recorders.quiet;
    const list = Array.from({ length: changes }, (_, index) => item.changed({ id: ((id + index) % rows) + 1 }));
    await recorder.record(client, list);
  }
  await client.query("COMMIT");
}
