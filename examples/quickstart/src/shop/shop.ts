import type { ChangeRecorder } from "@syncline/core/spi";
import type { Pool, PoolClient } from "pg";

/** Thrown inside a transaction by somebody who thinks better of it. */
export class ChangedMind extends Error {}

/** The local system: a pool of connections, its transactions, and the recorder that each of them tells its changes. */
export class Shop {
  readonly recorder: ChangeRecorder<PoolClient>;
  readonly #pool: Pool;
  committed = 0;
  rolledBack = 0;

  constructor(pool: Pool, recorder: ChangeRecorder<PoolClient>) {
    this.#pool = pool;
    this.recorder = recorder;
  }

  /** One business transaction on a connection of its own: committed, or rolled back if `work` throws. */
  async transaction(work: (client: PoolClient) => Promise<void>): Promise<void> {
    const client = await this.#pool.connect();
    try {
      await client.query("BEGIN");
      await work(client);
      await client.query("COMMIT");
      this.committed += 1;
      client.release();
    } catch (error) {
      await client.query("ROLLBACK").then(
        () => client.release(),
        (broken: Error) => client.release(broken),
      );
      this.rolledBack += 1;
      if (!(error instanceof ChangedMind)) throw error;
    }
  }
}
