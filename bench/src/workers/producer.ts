import { setTimeout as delay } from "node:timers/promises";
import { postgresRecorder } from "@syncline/postgres";
import pg from "pg";
import type { Contender } from "../drain/contenders.ts";
import { clockMs } from "../processes/clock.ts";
import { serve } from "../processes/serve.ts";
import { item } from "./shop.ts";

/** A business that commits at its own pace, whatever comes of it. */
export interface Production {
  readonly databaseUrl: string;
  readonly tool: Contender["tool"];
  readonly notify: boolean;
  readonly perSecond: number;
  /** One transaction for each of the rows 1 to `rows`. */
  readonly rows: number;
}

type Tell = (client: pg.ClientBase, id: number) => Promise<unknown>;

serve({
  /** Resolves with the time at which each row's COMMIT returned. */
  async produce(production: Production): Promise<Float64Array> {
    const pool = new pg.Pool({ connectionString: production.databaseUrl, max: 8, min: 8 });
    await Promise.all(Array.from({ length: 8 }, () => pool.query("SELECT pg_sleep(0.05)")));
    const tell = tellWith(production);
    const committed = new Float64Array(production.rows + 1);
    const startMs = clockMs();
    const open: Promise<void>[] = [];
    for (let id = 1; id <= production.rows; id += 1) {
      const dueMs = startMs + (id * 1000) / production.perSecond;
      const waitMs = dueMs - clockMs();
      if (waitMs > 0) await delay(waitMs);
      open.push(
        transact(pool, id, tell).then((atMs) => {
          committed[id] = atMs;
        }),
      );
    }
    await Promise.all(open);
    await pool.end();
    return committed;
  },
});

function tellWith({ tool, notify }: Production): Tell {
  if (tool === "graphile-worker") {
    const text = "SELECT graphile_worker.add_job('sync', json_build_object('id', $1::int))";
    return (client, id) => client.query({ name: "add", text, values: [id] });
  }
  const recorder = postgresRecorder(notify ? { wakeUp: { notify } } : {});
  return (client, id) => recorder.record(client, [item.changed({ id })]);
}

async function transact(pool: pg.Pool, id: number, tell: Tell): Promise<number> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await client.query({
      name: "change",
      text: "UPDATE item SET quantity = quantity + 1, updated_at = now() WHERE id = $1",
      values: [id],
    });
    await tell(client, id);
    await client.query("COMMIT");
    return clockMs();
  } finally {
    client.release();
  }
}
