import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { serve } from "../processes/serve.ts";
import { item, matchingName, pipelineOf, type SynclineSettings, shapes } from "./shop.ts";

let pipeline: Awaited<ReturnType<typeof pipelineOf>> | undefined;

/** Many keys at once, each from `from` on. */
export interface Flood {
  readonly settings: SynclineSettings;
  readonly of: "changes" | "backfill" | "replay";
  readonly from: number;
  readonly count: number;
}

/** Leaves the deliveries due, as a worker does that is stopped before it could deliver. */
async function dispatch(worker: Awaited<ReturnType<typeof pipelineOf>>): Promise<void> {
  await worker.pause(matchingName(0));
  await worker.start();
  while ((await worker.status()).changes > 0) await delay(20);
  await worker.resume(matchingName(0));
  await worker.stop();
}

/** In one transaction. */
async function record(own: Awaited<ReturnType<typeof pipelineOf>>, client: pg.Client, ids: Uint32Array): Promise<void> {
  await client.query("BEGIN");
  for (let from = 0; from < ids.length; from += 1000) {
    const changes = Array.from(ids.subarray(from, from + 1000), (id) => item.changed({ id }));
    await own.recorder.record(client, changes);
  }
  await client.query("COMMIT");
}

serve({
  /** Tables, and a backlog of changes to the given ids, in their order. */
  async setUp({ settings, ids }: { readonly settings: SynclineSettings; readonly ids: Uint32Array }) {
    await using own = await pipelineOf(settings);
    await own.migrate();
    const client = new pg.Client({ connectionString: settings.databaseUrl });
    await client.connect();
    for (const statement of shapes[settings.shape ?? "plain"].tables) await client.query(statement);
    await record(own, client, ids);
    await client.end();
    if (settings.dispatched === true) await dispatch(own);
  },
  /** Beside a worker. Dead letters are there already. */
  async flood({ settings, of, from, count }: Flood) {
    await using own = await pipelineOf(settings);
    const strategy = matchingName(0);
    if (of === "backfill") await own.backfill(strategy, { keys: `SELECT id FROM item WHERE id >= ${from}` });
    else if (of === "replay") await own.deadLetters.requeue({ strategy });
    else {
      const client = new pg.Client({ connectionString: settings.databaseUrl });
      await client.connect();
      await record(
        own,
        client,
        Uint32Array.from({ length: count }, (_, index) => from + index),
      );
      await client.end();
    }
  },
  /** Connects, so that what is measured begins with work. */
  async prepare({ settings }: { readonly settings: SynclineSettings }) {
    pipeline = await pipelineOf(settings);
    pipeline.on("error", ({ during, error }) => console.error("syncline:", during, error));
    await pipeline.status();
  },
  go: () => pipeline?.start(),
  stop: () => pipeline?.stop(),
});
