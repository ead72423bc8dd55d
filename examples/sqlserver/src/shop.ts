import { setTimeout as delay } from "node:timers/promises";
import type { ChangeRecorder } from "@syncline/core/spi";
import type { SqlServerTransaction } from "@syncline/sqlserver";
import type sql from "mssql";
import { order, product } from "./dictionary.ts";

/** The local system: its transactions, and the recorder that each of them tells its changes. */
export class Shop {
  readonly #pool: sql.ConnectionPool;
  readonly #recorder: ChangeRecorder<SqlServerTransaction>;
  committed = 0;

  constructor(pool: sql.ConnectionPool, recorder: ChangeRecorder<SqlServerTransaction>) {
    this.#pool = pool;
    this.#recorder = recorder;
  }

  /** Business at several tills at once, until the signal fires. */
  async run(tills: number, signal: AbortSignal): Promise<void> {
    const business = [
      this.placeOrder,
      this.payOrder,
      this.shipOrder,
      this.raisePrices,
      this.renameProduct,
      this.moveHouse,
    ];
    const till = async () => {
      while (!signal.aborted) {
        const work = business[Math.floor(Math.random() * business.length)] ?? this.placeOrder;
        await this.#transaction((transaction) => work.call(this, transaction));
        await delay(20 + Math.random() * 30, undefined, { signal }).catch(() => {});
      }
    };
    await Promise.all(Array.from({ length: tills }, till));
  }

  async placeOrder(transaction: sql.Transaction): Promise<void> {
    const placed = await transaction.request().query<{ id: string }>(
      `UPDATE products SET stock = stock - 1 WHERE id = 1;
       INSERT INTO orders (customer_id, total) OUTPUT inserted.id VALUES (${any(60)}, ${any(900)}.90)`,
    );
    const orderId = placed.recordset[0]?.id ?? "";
    await this.#recorder.record(transaction, [order.changed({ orderId }), product.changed({ sku: "SKU-1" })]);
  }

  /** The order enters the warehouse's filter, and its customer has spent more: the trigger knows, for the row is touched. */
  async payOrder(transaction: sql.Transaction): Promise<void> {
    await this.#moveOldest(transaction, "PLACED", "PAID");
  }

  /** The order leaves the warehouse's filter: there it must disappear, although it exists. */
  async shipOrder(transaction: sql.Transaction): Promise<void> {
    await this.#moveOldest(transaction, "PAID", "SHIPPED");
  }

  /** Many rows in one transaction, recorded in one statement. */
  async raisePrices(transaction: sql.Transaction): Promise<void> {
    const first = 1 + any(30);
    const raised = await transaction
      .request()
      .query<{ sku: string }>(
        `UPDATE products SET price = price + 0.01 OUTPUT inserted.sku WHERE id BETWEEN ${first} AND ${first + 15}`,
      );
    await this.#recorder.record(
      transaction,
      raised.recordset.map(({ sku }) => product.changed({ sku })),
    );
  }

  /** A changed key is two keys: the old one must disappear downstream, the new one appear. */
  async renameProduct(transaction: sql.Transaction): Promise<void> {
    const id = 1 + any(49);
    const found = await transaction
      .request()
      .query<{ sku: string }>(`SELECT sku FROM products WITH (UPDLOCK) WHERE id = ${id} AND LEN(sku) < 40`);
    const old = found.recordset[0]?.sku;
    if (old === undefined) return;
    const sku = `${old}+`;
    await transaction.request().query(`UPDATE products SET sku = '${sku}' WHERE id = ${id}`);
    await this.#recorder.record(transaction, product.moved({ sku: old }, { sku }));
  }

  /** Nobody records the customer: the trigger does. Whose orders show the address is the business' knowledge. */
  async moveHouse(transaction: sql.Transaction): Promise<void> {
    const customerId = any(60);
    const orders = await transaction.request().query<{ id: string }>(
      `UPDATE customers SET city = 'House ${any(1000)}' WHERE id = ${customerId};
       SELECT id FROM orders WHERE customer_id = ${customerId} AND status = 'PAID'`,
    );
    if (orders.recordset.length === 0) return;
    await this.#recorder.record(
      transaction,
      orders.recordset.map(({ id }) => order.changed({ orderId: id })),
    );
  }

  async #moveOldest(transaction: sql.Transaction, from: string, to: string): Promise<void> {
    const oldest = await transaction
      .request()
      .query<{ id: string; customer_id: string }>(
        `SELECT TOP (1) id, customer_id FROM orders WITH (UPDLOCK, ROWLOCK, READPAST) WHERE status = '${from}' ORDER BY id`,
      );
    const found = oldest.recordset[0];
    if (found === undefined) return;
    await transaction.request().query(
      `UPDATE customers SET name = name WHERE id = ${found.customer_id};
       UPDATE orders SET status = '${to}' WHERE id = ${found.id}`,
    );
    await this.#recorder.record(transaction, [order.changed({ orderId: found.id })]);
  }

  /** One business transaction; a deadlock's victim gives up, as a customer does who finds the till occupied. */
  async #transaction(work: (transaction: sql.Transaction) => Promise<void>): Promise<void> {
    const transaction = this.#pool.transaction();
    await transaction.begin();
    try {
      await work(transaction);
      await transaction.commit();
      this.committed += 1;
    } catch (error) {
      await transaction.rollback().catch(() => {});
      if (!isDeadlock(error)) throw error;
    }
  }
}

function isDeadlock(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const cause: unknown = "cause" in error ? error.cause : undefined;
  return ("number" in error && error.number === 1205) || (cause !== undefined && isDeadlock(cause));
}

/** From 1. */
function any(most: number): number {
  return 1 + Math.floor(Math.random() * most);
}
