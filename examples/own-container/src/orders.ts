import type { ChangeRecorder } from "@syncline/core/spi";
import type { PgTransaction } from "@syncline/postgres";
import { inject, injectable } from "inversify";
import type pg from "pg";
import { order } from "./dictionary.ts";
import { SHOP } from "./tokens.ts";

/** A service of the application. It says what changed, and knows nothing of who is told. */
@injectable()
export class Orders {
  readonly #pool: pg.Pool;
  readonly #recorder: ChangeRecorder<PgTransaction>;

  constructor(@inject(SHOP.Pool) pool: pg.Pool, @inject(SHOP.ChangeRecorder) recorder: ChangeRecorder<PgTransaction>) {
    this.#pool = pool;
    this.#recorder = recorder;
  }

  async place(orderId: bigint): Promise<void> {
    await this.#inTransaction(async (client) => {
      await client.query("INSERT INTO orders (id, status) VALUES ($1, 'NEW')", [orderId]);
      await this.#recorder.record(client, [order.changed({ orderId })]);
    });
  }

  /** Rejects, and changes nothing, if the order is not new. */
  async pay(orderId: bigint): Promise<void> {
    await this.#inTransaction(async (client) => {
      await this.#recorder.record(client, [order.changed({ orderId })]);
      const { rowCount } = await client.query("UPDATE orders SET status = 'PAID' WHERE id = $1 AND status = 'NEW'", [
        orderId,
      ]);
      if (rowCount === 0) throw new Error(`Order ${orderId} cannot be paid.`);
    });
  }

  async #inTransaction(work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
    const client = await this.#pool.connect();
    try {
      await client.query("BEGIN");
      await work(client);
      await client.query("COMMIT");
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    } finally {
      client.release();
    }
  }
}
