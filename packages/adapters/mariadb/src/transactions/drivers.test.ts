import { createConnection, createPool } from "mariadb";
import mysql from "mysql2/promise";
import { afterAll } from "vitest";
import type { MariadbTransaction } from "../recorder.ts";
import { describeTransactions, type LibraryTransaction } from "../testing/transaction-suite.ts";

interface Driver extends MariadbTransaction {
  query(text: string): Promise<unknown>;
  end(): Promise<unknown>;
}

async function within(connection: Driver, work: (given: LibraryTransaction) => Promise<void>): Promise<void> {
  try {
    await connection.query("START TRANSACTION");
    await work({
      tx: connection,
      run: (text) => connection.query(text),
      nested: async (inner) => {
        await connection.query("SAVEPOINT inside");
        try {
          await inner(connection);
        } catch (error) {
          await connection.query("ROLLBACK TO SAVEPOINT inside");
          throw error;
        }
      },
    });
    await connection.query("COMMIT");
  } catch (error) {
    await connection.query("ROLLBACK");
    throw error;
  } finally {
    await connection.end();
  }
}

await describeTransactions("the driver mariadb", (server) => {
  const pool = createPool({ ...server, minimumIdle: 0 });
  afterAll(() => pool.end());
  return {
    transaction: async (work) => within(await createConnection({ ...server }), work),
    outside: {
      "a connection without a transaction": () => ({
        execute: async (text, values) => {
          const connection = await createConnection({ ...server });
          return connection.execute(text, values).finally(() => connection.end());
        },
      }),
      "a pool": () => pool as unknown as MariadbTransaction,
      nothing: () => undefined as never,
    },
  };
});

await describeTransactions("the driver mysql2", (server) => {
  const pool = mysql.createPool({ ...server });
  afterAll(() => pool.end());
  return {
    transaction: async (work) => within((await mysql.createConnection({ ...server })) as unknown as Driver, work),
    outside: {
      "a connection without a transaction": () => ({
        execute: async (text, values) => {
          const connection = await pool.getConnection();
          return connection.execute(text, values).finally(() => connection.release());
        },
      }),
      "a pool": () => pool as unknown as MariadbTransaction,
    },
  };
});
