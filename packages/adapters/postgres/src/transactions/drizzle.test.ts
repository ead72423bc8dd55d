import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import { afterAll } from "vitest";
import { describeTransactions } from "../testing/transaction-suite.ts";
import { drizzleTransaction } from "./drizzle.ts";

await describeTransactions("Drizzle", (url) => {
  const pool = new pg.Pool({ connectionString: url });
  afterAll(() => pool.end());
  const db = drizzle(pool);
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
