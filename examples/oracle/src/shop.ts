import type { ChangeRecorder } from "@syncline/core/spi";
import type { OracleTransaction } from "@syncline/oracle";
import oracledb from "oracledb";
import { customer, order, product } from "./strategies.ts";

/** An ordinary shop's tables. Nothing in them knows of Syncline. */
const tables = [
  "CREATE TABLE demo_customers (id NUMBER(9) PRIMARY KEY, name VARCHAR2(100 CHAR) NOT NULL, city VARCHAR2(100 CHAR) NOT NULL)",
  "CREATE TABLE demo_products (id NUMBER(9) PRIMARY KEY, sku VARCHAR2(40 CHAR) NOT NULL UNIQUE, title VARCHAR2(100 CHAR), price NUMBER(10,2) NOT NULL, stock NUMBER(9) NOT NULL)",
  `CREATE TABLE demo_orders (id NUMBER(12) GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     customer_id NUMBER(9) NOT NULL REFERENCES demo_customers, product_id NUMBER(9) NOT NULL REFERENCES demo_products,
     status VARCHAR2(10 CHAR) DEFAULT 'PLACED' NOT NULL, total NUMBER(12,2) NOT NULL)`,
  "CREATE INDEX demo_orders_customer ON demo_orders (customer_id)",
  "INSERT INTO demo_customers SELECT LEVEL, 'Customer ' || LEVEL, 'Aarhus' FROM dual CONNECT BY LEVEL <= 60",
  "INSERT INTO demo_products SELECT LEVEL, 'SKU-' || LPAD(LEVEL, 4, '0'), 'Product ' || LEVEL, 5 + MOD(LEVEL, 90), 5000 FROM dual CONNECT BY LEVEL <= 80",
  `INSERT INTO demo_orders (customer_id, product_id, status, total)
     SELECT 1 + MOD(LEVEL, 60), 1 + MOD(LEVEL, 80), DECODE(MOD(LEVEL, 3), 0, 'PLACED', 1, 'PAID', 'SHIPPED'), LEVEL
       FROM dual CONNECT BY LEVEL <= 100`,
];

export async function createShop(pool: oracledb.Pool): Promise<void> {
  await dropDemo(pool);
  await onConnection(pool, async (connection) => {
    for (const statement of tables) await connection.execute(statement);
    await connection.commit();
  });
}

/** The shop's tables and Syncline's. */
export async function dropDemo(pool: oracledb.Pool): Promise<void> {
  await onConnection(pool, async (connection) => {
    const { rows = [] } = await connection.execute<[type: string, name: string]>(
      `SELECT object_type, object_name FROM user_objects
        WHERE object_name LIKE 'DEMO\\_%' ESCAPE '\\' AND object_type IN ('TABLE', 'PROCEDURE')`,
    );
    for (const [type, name] of rows)
      await connection.execute(`DROP ${type} "${name}"${type === "TABLE" ? " CASCADE CONSTRAINTS PURGE" : ""}`);
  });
}

const cities = ["Aarhus", "Bergen", "Cork", "Delft", "Évora"];

/** Business, until the signal fires. Each step is a transaction that records where it has changed something. */
export class Shop {
  transactions = 0;
  rolledBack = 0;
  readonly #pool: oracledb.Pool;
  readonly #recorder: ChangeRecorder<OracleTransaction>;

  constructor(pool: oracledb.Pool, recorder: ChangeRecorder<OracleTransaction>) {
    this.#pool = pool;
    this.#recorder = recorder;
  }

  async trade(tills: number, signal: AbortSignal): Promise<void> {
    const till = async () => {
      while (!signal.aborted) await this.#step();
    };
    await Promise.all(Array.from({ length: tills }, till));
  }

  /** One in ten does all that it would do, recording included, and then rolls it back: nothing of it may ever be seen. */
  async #step(): Promise<void> {
    await onConnection(this.#pool, async (connection) => {
      const chance = Math.random();
      if (chance < 0.4) await this.#placeOrder(connection);
      else if (chance < 0.9) await this.#advanceOrder(connection);
      else await this.#moveCustomer(connection);
      const isAbandoned = Math.random() < 0.1;
      await (isAbandoned ? connection.rollback() : connection.commit());
      this.transactions += 1;
      if (isAbandoned) this.rolledBack += 1;
    });
  }

  /** One order comes, and its product has less in stock: every third takes everybody's favourite. */
  async #placeOrder(connection: oracledb.Connection): Promise<void> {
    const productId = Math.random() < 1 / 3 ? 1 : idUpTo(80);
    const taken = await connection.execute<{ sku: string[]; price: number[] }>(
      "UPDATE demo_products SET stock = stock - 1 WHERE id = :productId RETURNING sku, price INTO :sku, :price",
      { productId, sku: out(oracledb.STRING), price: out(oracledb.NUMBER) },
    );
    const { sku = [], price = [] } = taken.outBinds ?? {};
    const placed = await connection.execute<{ id: string[] }>(
      `INSERT INTO demo_orders (customer_id, product_id, total) VALUES (:customerId, :productId, :total)
       RETURNING TO_CHAR(id) INTO :id`,
      { customerId: idUpTo(60), productId, total: price[0] ?? 0, id: out(oracledb.STRING) },
    );
    const orderId = placed.outBinds?.id[0] ?? "";
    await this.#recorder.record(connection, [order.changed({ orderId }), product.changed({ sku: sku[0] ?? "" })]);
  }

  /** An order is paid, and enters the warehouse's filter; or shipped or cancelled, and leaves it. */
  async #advanceOrder(connection: oracledb.Connection): Promise<void> {
    const { rows = [] } = await connection.execute<[id: string, customer: number, status: string]>(
      "SELECT TO_CHAR(id), customer_id, status FROM demo_orders WHERE id = :id FOR UPDATE SKIP LOCKED",
      { id: await randomOrder(connection) },
    );
    const [found] = rows;
    if (found === undefined || found[2] === "SHIPPED") return;
    const [orderId, customerId, status] = found;
    const isCancelled = Math.random() < 0.2;
    if (isCancelled) await connection.execute("DELETE FROM demo_orders WHERE id = :orderId", { orderId });
    else {
      const next = status === "PLACED" ? "PAID" : "SHIPPED";
      await connection.execute("UPDATE demo_orders SET status = :next WHERE id = :orderId", { next, orderId });
    }
    const change = isCancelled ? order.deleted({ orderId }) : order.changed({ orderId });
    await this.#recorder.record(connection, [change, customer.changed({ customerId })]);
  }

  /** What the warehouse has of a customer's orders says the city, too: they are recorded as well. */
  async #moveCustomer(connection: oracledb.Connection): Promise<void> {
    const customerId = idUpTo(60);
    const city = cities[idUpTo(cities.length) - 1] ?? "";
    await connection.execute("UPDATE demo_customers SET city = :city WHERE id = :customerId", { city, customerId });
    const { rows = [] } = await connection.execute<[id: string]>(
      "SELECT TO_CHAR(id) FROM demo_orders WHERE customer_id = :customerId",
      { customerId },
    );
    const orders = rows.map(([orderId]) => order.changed({ orderId }));
    await this.#recorder.record(connection, [customer.changed({ customerId }), ...orders]);
  }
}

async function randomOrder(connection: oracledb.Connection): Promise<string | null> {
  const { rows = [] } = await connection.execute<[id: string | null]>("SELECT TO_CHAR(MAX(id)) FROM demo_orders");
  const newest = Number(rows[0]?.[0] ?? 0);
  return newest === 0 ? null : String(Math.max(1, newest - idUpTo(60)));
}

export async function onConnection<Result>(
  pool: oracledb.Pool,
  work: (connection: oracledb.Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await pool.getConnection();
  try {
    return await work(connection);
  } finally {
    // What was not committed is rolled back.
    await connection.close();
  }
}

function out(type: oracledb.DbType): oracledb.BindParameter {
  return { dir: oracledb.BIND_OUT, type, ...(type === oracledb.STRING ? { maxSize: 100 } : {}) };
}

function idUpTo(most: number): number {
  return 1 + Math.floor(Math.random() * most);
}
