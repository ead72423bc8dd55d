import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { category, createPipeline, strategy } from "@syncline/core";
import { postgres } from "@syncline/postgres";
import pg from "pg";
import { nats } from "../nats.ts";
import type { NatsOptions } from "../options.ts";

const order = category("order", { orderId: "bigint" });

const orderStates = strategy("order-states", {
  category: order,
  query: `SELECT id, total, status FROM orders WHERE id = :orderId AND status <> 'DRAFT'`,
  downstream: "broker",
  path: "shop.orders.{orderId}",
  options: { stream: "SHOP" },
  whenAbsent: "delete",
  batch: 50,
});

export type Shop = Awaited<ReturnType<typeof openShop>>;

/** A shop on Postgres that publishes the state of its orders. */
export async function openShop(databaseUrl: string, broker: NatsOptions) {
  const pool = new pg.Pool({ connectionString: databaseUrl });
  await pool.query("CREATE TABLE orders (id bigint PRIMARY KEY, total numeric NOT NULL, status text NOT NULL)");
  const pipeline = createPipeline({
    database: postgres({ connectionString: databaseUrl }),
    categories: [order],
    strategies: [orderStates],
    downstreams: { broker: nats(broker) },
    log: { debug() {}, info() {}, warn: console.warn, error: console.error },
  });
  await pipeline.migrate();
  await pipeline.start();
  return {
    /** The change and the record of it, in one transaction. */
    async write(orderId: number, total: string, status: string): Promise<void> {
      const client = await pool.connect();
      try {
        await client.query("BEGIN");
        await client.query(
          `INSERT INTO orders VALUES ($1, $2, $3)
           ON CONFLICT (id) DO UPDATE SET total = excluded.total, status = excluded.status`,
          [orderId, total, status],
        );
        await pipeline.recorder.record(client, [order.changed({ orderId: BigInt(orderId) })]);
        await client.query("COMMIT");
      } finally {
        client.release();
      }
    },
    drain: () => pipeline.drain(),
    /** What a consumer should know, by subject. */
    async expected(): Promise<ReadonlyMap<string, string>> {
      const { rows } = await pool.query("SELECT id, total, status FROM orders WHERE status <> 'DRAFT'");
      return new Map(rows.map((row) => [`shop.orders.${row.id}`, JSON.stringify(row)]));
    },
    async close(): Promise<void> {
      await pipeline.stop();
      await pool.end();
    },
  };
}

/** A consumer: the stream SHOP, which keeps the last message of each subject. */
export async function openShelf(servers: string, user?: { readonly user: string; readonly pass: string }) {
  const connection = await connect({ servers, ...user });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "SHOP", subjects: ["shop.>"], max_msgs_per_subject: 1 });
  return {
    /** The last state by subject, without what is gone. */
    async states(): Promise<ReadonlyMap<string, string>> {
      const { state } = await manager.streams.info("SHOP", { subjects_filter: ">" });
      const states = new Map<string, string>();
      for (const subject of Object.keys(state.subjects ?? {})) {
        const last = await manager.streams.getMessage("SHOP", { last_by_subj: subject });
        if (last !== null && last.header.get("Syncline-Operation") !== "delete") states.set(subject, last.string());
      }
      return states;
    },
    async close(): Promise<void> {
      await manager.streams.delete("SHOP");
      await connection.close();
    },
  };
}
