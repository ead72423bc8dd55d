import { setTimeout as delay } from "node:timers/promises";
import { postgresRecorder } from "@syncline/postgres";
import pg from "pg";
import { clockMs } from "../processes/clock.ts";
import { serve } from "../processes/serve.ts";
import { item, other } from "./shop.ts";

/** A business that commits at its own pace, whatever comes of it. */
export interface Production {
  readonly databaseUrl: string;
  readonly notify: boolean;
  readonly perSecond: number;
  /** One transaction for each of the rows 1 to `rows`. */
  readonly rows: number;
  /** What is recorded of a row: `item` by default. */
  readonly category?: "item" | "other";
}

serve({
  /** Resolves with the time at which each row's COMMIT returned. */
  async produce({ databaseUrl, notify, perSecond, rows, category }: Production): Promise<Float64Array> {
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 8, min: 8 });
    await Promise.all(Array.from({ length: 8 }, () => pool.query("SELECT pg_sleep(0.05)")));
    const changed = category === "other" ? other.changed : item.changed;
    const recorder = postgresRecorder(notify ? { wakeUp: { notify } } : {});
    const committed = new Float64Array(rows + 1);
    const startMs = clockMs();
    const open: Promise<void>[] = [];
    for (let id = 1; id <= rows; id += 1) {
      const waitMs = startMs + (id * 1000) / perSecond - clockMs();
      if (waitMs > 0) await delay(waitMs);
      open.push(
        transact(pool, id, recorder, changed).then((atMs) => {
          committed[id] = atMs;
        }),
      );
    }
    await Promise.all(open);
    await pool.end();
    return committed;
  },
});

async function transact(
  pool: pg.Pool,
  id: number,
  recorder: ReturnType<typeof postgresRecorder>,
  changed: typeof item.changed | typeof other.changed,
): Promise<number> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await client.query({ name: "change", text: "UPDATE item SET quantity = quantity + 1 WHERE id = $1", values: [id] });
    await recorder.record(client, [changed({ id })]);
    await client.query("COMMIT");
    return clockMs();
  } finally {
    client.release();
  }
}
