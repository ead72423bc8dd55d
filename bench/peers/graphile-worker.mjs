// The peer: a job per change, whose task reads the row and posts it, as graphile-worker's users write it.
// Settings are those that its documentation recommends for throughput (https://worker.graphile.org/docs/performance):
// a local queue, completions in batches, and a pool with a connection per concurrent job.

import http from "node:http";
import axios from "axios";
import { Logger, run, runMigrations } from "graphile-worker";
import pg from "pg";

const silent = new Logger(() => () => {});
let pool;
let runner;
let start = async () => {};

const commands = {
  async setUp({ settings, ids }) {
    await runMigrations({ connectionString: settings.databaseUrl, logger: silent });
    if (ids.length === 0) return;
    const client = new pg.Client({ connectionString: settings.databaseUrl });
    await client.connect();
    await client.query(
      `SELECT count(*) FROM graphile_worker.add_jobs(
         (SELECT array_agg(json_populate_record(null::graphile_worker.job_spec,
            json_build_object('identifier', 'sync', 'payload', json_build_object('id', id))) ORDER BY position)
          FROM json_array_elements_text($1::json) WITH ORDINALITY AS given (id_text, position),
          LATERAL (SELECT id_text::int AS id) AS typed))`,
      [JSON.stringify(Array.from(ids))],
    );
    await client.end();
  },
  async prepare({ settings }) {
    const { databaseUrl, sinkUrl, concurrency, localQueue } = settings;
    pool = new pg.Pool({ connectionString: databaseUrl, max: concurrency + 4 });
    pool.on("error", () => {});
    pool.on("connect", (connection) => connection.on("error", () => {}));
    await pool.query("SELECT 1");
    const client = axios.create({ httpAgent: new http.Agent({ keepAlive: true, maxSockets: concurrency }) });
    const read = { name: "read", text: "SELECT id, name, quantity, price, updated_at FROM item WHERE id = $1" };
    const taskList = {
      sync: async ({ id }) => {
        const { rows } = await pool.query({ ...read, values: [id] });
        await client.post(`${sinkUrl}/0`, rows[0]);
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
};

process.on("message", async ({ number, command, argument }) => {
  try {
    process.send({ number, result: await commands[command](argument) });
  } catch (error) {
    process.send({ number, error: error.stack });
  }
});
process.on("disconnect", () => process.exit());
