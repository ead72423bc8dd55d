import { sql } from "drizzle-orm";
import { BetterSQLiteSession } from "drizzle-orm/better-sqlite3/session";
import { BaseSQLiteDatabase, SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import { openWithDriver } from "../testing/driver.ts";
import { describeTransactions } from "../testing/transaction-suite.ts";
import { drizzleTransaction } from "./drizzle.ts";

describeTransactions(
  "Drizzle",
  (file) => {
    const database = openWithDriver(file);
    // What `drizzle()` of drizzle-orm/better-sqlite3 makes: that entry loads the driver itself.
    const dialect = new SQLiteSyncDialect();
    const session = new BetterSQLiteSession(database as never, dialect, undefined);
    const db = new BaseSQLiteDatabase("sync", dialect, session, undefined);
    return {
      close: () => database.close(),
      transaction: (work) =>
        db.transaction((tx) => {
          work({
            tx: drizzleTransaction(tx, sql),
            run: (text) => tx.run(text),
            nested: (inner) => tx.transaction((saved) => inner(drizzleTransaction(saved, sql))),
          });
        }),
      outside: {
        "the database itself": () => drizzleTransaction(db as never, sql),
        nothing: () => drizzleTransaction(undefined as never, sql),
      },
    };
  },
  true,
);
