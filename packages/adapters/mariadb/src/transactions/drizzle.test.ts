import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/mysql2";
import mysql from "mysql2/promise";
import { afterAll } from "vitest";
import { describeTransactions } from "../testing/transaction-suite.ts";
import { drizzleTransaction } from "./drizzle.ts";

await describeTransactions("Drizzle", (server) => {
  const pool = mysql.createPool({ ...server });
  afterAll(() => pool.end());
  const db = drizzle({ client: pool });
  return {
    transaction: (work) =>
      db.transaction((tx) =>
        work({
          tx: drizzleTransaction(tx, sql),
          run: (text) => tx.execute(text),
          nested: (inner) => tx.transaction((saved) => inner(drizzleTransaction(saved, sql))),
        }),
      ),
    outside: {
      "the database itself": () => drizzleTransaction(db as never, sql),
      nothing: () => drizzleTransaction(undefined as never, sql),
    },
  };
});
