// A job per change. Its handlers are given batches: either it reads and posts row by row, or, with the same effort that a
// user would spend who cares for speed, it reads the batch's rows with one query and posts each. Settings from
// https://pgboss.io/api/workers: full batches are fetched without a pause, several workers per process.

import { PgBoss } from "pg-boss";
import { business, each, openPool, poster, readMany, readOne, serve } from "./common.mjs";

const queue = "sync";
let boss;
let pool;
let go = async () => {};

const bossFor = (databaseUrl, more = {}) => {
  const made = new PgBoss({ connectionString: databaseUrl, supervise: false, schedule: false, max: 10, ...more });
  made.on("error", () => {});
  made.on("warning", () => {});
  return made;
};

/** For inserts only: needs no maintenance, and knows the queue once it has been asked. */
let sender;

serve({
  async setUp({ settings, ids }) {
    const own = bossFor(settings.databaseUrl);
    await own.start();
    await own.createQueue(queue, { notify: settings.notify === true, deleteAfterSeconds: 60 });
    for (let from = 0; from < ids.length; from += 1000) {
      await own.insert(
        queue,
        Array.from(ids.subarray(from, from + 1000), (id) => ({ data: { id } })),
      );
    }
    await own.stop({ graceful: false, close: true });
  },
  async prepare({ settings }) {
    const { databaseUrl, concurrency, set, batchSize, notify } = settings;
    boss = bossFor(databaseUrl, { useListenNotify: notify === true });
    await boss.start();
    pool = await openPool(databaseUrl, concurrency + 4);
    const post = poster(settings);
    const workers = 2;
    const own = Math.ceil(concurrency / workers);
    const handlers = {
      rows: (jobs) =>
        each(jobs, own, async ({ data }) => {
          const { rows } = await pool.query({ ...readOne, values: [data.id] });
          await post(rows[0]);
        }),
      set: async (jobs) => {
        const { rows } = await pool.query({ ...readMany, values: [jobs.map(({ data }) => data.id)] });
        await each(rows, own, post);
      },
    };
    const options = { batchSize, localConcurrency: workers, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };
    go = () => boss.work(queue, options, set ? handlers.set : handlers.rows);
  },
  go: () => go(),
  async stop() {
    await boss?.stop({ graceful: false, close: true });
    await pool?.end();
  },
  ...business(async (client, ids) => {
    const db = { executeSql: (text, values) => client.query(text, values) };
    sender ??= await startSender(client);
    if (ids.length === 1) await sender.send(queue, { id: ids[0] }, { db });
    else
      await sender.insert(
        queue,
        ids.map((id) => ({ data: { id } })),
        { db },
      );
  }),
});

async function startSender(client) {
  const { user, host, port, database, password } = client.connectionParameters;
  const own = new PgBoss({ user, host, port, database, password, supervise: false, schedule: false, migrate: false });
  own.on("error", () => {});
  await own.start();
  return own;
}
