import { createRequire } from "node:module";
import knex, { type Knex } from "knex";
import { expect } from "vitest";
import { Database } from "../testing/driver.ts";
import { describeTransactions } from "../testing/transaction-suite.ts";
import { knexTransaction } from "./knex.ts";

const Client = createRequire(import.meta.url)("knex/lib/dialects/better-sqlite3/index.js") as new () => Knex.Client;

/** Knex's own client, on the driver that the tests use. */
class ClientWithDriver extends Client {
  _driver() {
    return Database;
  }
}

describeTransactions("Knex", (file) => {
  const db = knex({ client: ClientWithDriver as never, connection: { filename: file }, useNullAsDefault: true });
  return {
    close: () => db.destroy(),
    transaction: async (work) => {
      const trx = await db.transaction();
      try {
        await work({
          tx: knexTransaction(trx),
          run: (text) => trx.raw(text),
          nested: (inner) => trx.transaction(async (saved) => void (await inner(knexTransaction(saved)))),
        });
      } catch (error) {
        await trx.rollback();
        throw error;
      }
      await trx.commit();
      expect(() => knexTransaction(trx)).toThrow(expect.objectContaining({ code: "recorder.connection" }));
    },
    outside: {
      "the database itself": () => knexTransaction(db as never),
      nothing: () => knexTransaction(undefined as never),
    },
  };
});
