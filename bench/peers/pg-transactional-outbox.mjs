// A message per change in its outbox table, a polling listener, and a handler that reads the row and posts it. Default
// strategies, but for what its documentation offers for throughput: more messages per poll, and a short interval.

import { randomUUID } from "node:crypto";
import pg from "pg";
import {
  DatabaseSetup,
  getDisabledLogger,
  initializeMessageStorage,
  initializePollingMessageListener,
} from "pg-transactional-outbox";
import { business, openPool, poster, readOne, serve } from "./common.mjs";

const setup = {
  outboxOrInbox: "outbox",
  database: "bench",
  schema: "outbox",
  table: "outbox",
  listenerRole: "current_user",
  nextMessagesSchema: "outbox",
  nextMessagesName: "next_outbox_messages",
};
const settings = {
  dbSchema: "outbox",
  dbTable: "outbox",
  enableMaxAttemptsProtection: false,
  enablePoisonousMessageProtection: false,
  messageCleanupIntervalInMs: 0,
  nextMessagesFunctionSchema: "outbox",
  nextMessagesFunctionName: "next_outbox_messages",
  // A message whose lock a poll happens to hold fails, and comes again when this has passed.
  nextMessagesLockInMs: 1_000,
};
const logger = getDisabledLogger();
const store = initializeMessageStorage({ outboxOrInbox: "outbox", settings }, logger);
let pool;
let go = () => {};
let shutdown = async () => {};

serve({
  async setUp({ settings: { databaseUrl }, ids }) {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(DatabaseSetup.dropAndCreateTable(setup));
    await client.query(DatabaseSetup.createPollingFunction(setup));
    await client.query(DatabaseSetup.setupPollingIndexes(setup));
    if (ids.length > 0) {
      await client.query(
        `INSERT INTO outbox.outbox (id, aggregate_type, aggregate_id, message_type, payload, concurrency, created_at)
         SELECT gen_random_uuid(), 'item', id::text, 'changed', json_build_object('id', id), 'parallel',
                now() + position * interval '1 microsecond'
           FROM unnest($1::int[]) WITH ORDINALITY AS given (id, position)`,
        [Array.from(ids)],
      );
    }
    await client.end();
  },
  async prepare({ settings: { databaseUrl, concurrency, batchSize, pollMs, ...sending } }) {
    pool = await openPool(databaseUrl, concurrency + 4);
    const post = poster({ ...sending, concurrency });
    const handler = {
      handle: async ({ payload }) => {
        const { rows } = await pool.query({ ...readOne, values: [payload.id] });
        await post(rows[0]);
      },
    };
    const connection = { connectionString: databaseUrl, max: concurrency + 4 };
    const config = {
      outboxOrInbox: "outbox",
      dbListenerConfig: connection,
      dbHandlerConfig: connection,
      settings: { ...settings, nextMessagesBatchSize: batchSize, nextMessagesPollingIntervalInMs: pollMs },
    };
    go = () => {
      [shutdown] = initializePollingMessageListener(config, handler, logger, {
        // The default, but for its slow start.
        batchSizeStrategy: async () => batchSize,
      });
    };
  },
  go: () => go(),
  async stop() {
    await shutdown();
    await pool?.end();
  },
  ...business(async (client, ids) => {
    for (const id of ids) {
      const message = {
        id: randomUUID(),
        aggregateType: "item",
        aggregateId: String(id),
        messageType: "changed",
        payload: { id },
        metadata: {},
        concurrency: "parallel",
      };
      await store(message, client);
    }
  }),
});
