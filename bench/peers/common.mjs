// What all peers share: commands over the channel of `fork`, and how a row is read and posted.

import http from "node:http";
import axios from "axios";
import pg from "pg";
import { Pool } from "undici";

const columns = "id, name, quantity, price, updated_at";

export const readOne = { name: "read", text: `SELECT ${columns} FROM item WHERE id = $1` };
export const readMany = { name: "read_many", text: `SELECT ${columns} FROM item WHERE id = ANY($1)` };

/** A pool with a connection per concurrent job, connected. */
export async function openPool(connectionString, max) {
  const pool = new pg.Pool({ connectionString, max });
  pool.on("error", () => {});
  pool.on("connect", (connection) => connection.on("error", () => {}));
  await pool.query("SELECT 1");
  return pool;
}

/** Posts a row: with axios over kept connections, as its users write it, or with undici. */
export function poster({ sinkUrl, concurrency, client }) {
  if (client === "undici") {
    const pool = new Pool(sinkUrl, { connections: concurrency });
    const headers = { "content-type": "application/json" };
    return async (row) => {
      const answer = await pool.request({ path: "/0", method: "POST", headers, body: JSON.stringify(row) });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`The sink answered ${answer.statusCode}.`);
    };
  }
  const instance = axios.create({ httpAgent: new http.Agent({ keepAlive: true, maxSockets: concurrency }) });
  return (row) => instance.post(`${sinkUrl}/0`, row);
}

/** Runs `work` for each, so many at a time. */
export async function each(list, concurrency, work) {
  let next = 0;
  const lane = async () => {
    while (next < list.length) await work(list[next++]);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, list.length) }, lane));
}

export function serve(commands) {
  process.on("message", async ({ number, command, argument }) => {
    try {
      process.send({ number, result: command === "ping" ? undefined : await commands[command](argument) });
    } catch (error) {
      process.send({ number, error: error.stack });
    }
  });
  process.on("disconnect", () => process.exit());
}

/**
 * Business transactions of one kind, for the producers of latency and of the cost of recording: BEGIN, an UPDATE, `tell`
 * with the transaction's client, COMMIT.
 */
export function business(tell) {
  let pool;
  const transact = async (client, id, changes) => {
    await client.query("BEGIN");
    await client.query({ name: "change", text: "UPDATE item SET quantity = quantity + 1 WHERE id = $1", values: [id] });
    if (changes.length > 0) await tell(client, changes);
    await client.query("COMMIT");
  };
  return {
    connect({ databaseUrl, connections }) {
      pool = new pg.Pool({ connectionString: databaseUrl, max: connections, idleTimeoutMillis: 0 });
    },
    async measure({ connections, changes, rows, durationMs }) {
      const startMs = clockMs();
      let transactions = 0;
      const till = async () => {
        const client = await pool.connect();
        try {
          while (clockMs() < startMs + durationMs) {
            const id = 1 + Math.floor(Math.random() * rows);
            const ids = Array.from({ length: changes }, (_, index) => ((id + index) % rows) + 1);
            await transact(client, id, ids);
            transactions += 1;
          }
        } finally {
          client.release();
        }
      };
      await Promise.all(Array.from({ length: connections }, till));
      return { transactions, seconds: (clockMs() - startMs) / 1000 };
    },
    end: () => pool?.end(),
    /** An open loop; resolves with the time at which each row's COMMIT returned. */
    async produce({ databaseUrl, perSecond, rows }) {
      const own = new pg.Pool({ connectionString: databaseUrl, max: 8, min: 8 });
      await Promise.all(Array.from({ length: 8 }, () => own.query("SELECT pg_sleep(0.05)")));
      const committed = new Float64Array(rows + 1);
      const startMs = clockMs();
      const open = [];
      for (let id = 1; id <= rows; id += 1) {
        const waitMs = startMs + (id * 1000) / perSecond - clockMs();
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
        open.push(
          own.connect().then(async (client) => {
            try {
              await transact(client, id, [id]);
              committed[id] = clockMs();
            } finally {
              client.release();
            }
          }),
        );
      }
      await Promise.all(open);
      await own.end();
      return committed;
    },
  };
}

function clockMs() {
  return Number(process.hrtime.bigint()) / 1e6;
}
