// A job per change, whose task reads the row and posts it, as graphile-worker's users write it. Settings are those that
// its documentation recommends for throughput (https://worker.graphile.org/docs/performance): a local queue, completions
// in batches, and a pool with a connection per concurrent job.

import { Logger, run, runMigrations } from "graphile-worker";
import pg from "pg";
import { business, openPool, poster, readOne, serve } from "./common.mjs";

const silent = new Logger(() => () => {});
let pool;
let runner;
let start = async () => {};

serve({
  async setUp({ settings, ids }) {
    await runMigrations({ connectionString: settings.databaseUrl, logger: silent });
    if (ids.length === 0) return;
    const client = new pg.Client({ connectionString: settings.databaseUrl });
    await client.connect();
    await addJobs(client, Array.from(ids));
    await client.end();
  },
  async prepare({ settings }) {
    const { databaseUrl, concurrency, localQueue } = settings;
    pool = await openPool(databaseUrl, concurrency + 4);
    const post = poster(settings);
    const taskList = {
      sync: async ({ id }) => {
        const { rows } = await pool.query({ ...readOne, values: [id] });
        await post(rows[0]);
      },
    };
    const preset = {
      worker: {
        concurrentJobs: concurrency,
        ...(localQueue > 0 ? { localQueue: { size: localQueue } } : {}),
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    };
    start = () => run({ pgPool: pool, preset, taskList, logger: silent, noHandleSignals: true });
  },
  async go() {
    runner = await start();
  },
  async stop() {
    await runner?.stop();
    await pool?.end();
  },
  ...business((client, ids) =>
    ids.length === 1
      ? client.query({
          name: "add",
          text: "SELECT graphile_worker.add_job('sync', json_build_object('id', $1::int))",
          values: ids,
        })
      : addJobs(client, ids),
  ),
});

/** Its own function for many jobs, in one statement. */
function addJobs(client, ids) {
  return client.query({
    name: "add_many",
    text: `SELECT count(*) FROM graphile_worker.add_jobs(
       (SELECT array_agg(json_populate_record(null::graphile_worker.job_spec,
          json_build_object('identifier', 'sync', 'payload', json_build_object('id', id))) ORDER BY position)
        FROM json_array_elements_text($1::json) WITH ORDINALITY AS given (id_text, position),
        LATERAL (SELECT id_text::int AS id) AS typed))`,
    values: [JSON.stringify(ids)],
  });
}
