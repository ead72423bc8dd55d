import knex from "knex";
import { expect, test } from "vitest";
import { describeTransactions } from "../testing/transaction-suite.ts";
import { knexTransaction } from "./knex.ts";

await describeTransactions("Knex", (config) => {
  const db = knex({ client: "mssql", connection: { ...config, options: { ...config.options } } });

  test("a transaction that has ended is refused", async () => {
    const trx = await db.transaction();
    await trx.commit();
    expect(() => knexTransaction(trx)).toThrow(expect.objectContaining({ code: "recorder.connection" }));
  });

  return {
    transaction: (work) => db.transaction((trx) => work({ tx: knexTransaction(trx), run: (text) => trx.raw(text) })),
    outside: {
      "the database itself": () => knexTransaction(db as never),
      nothing: () => knexTransaction(undefined as never),
    },
    close: () => db.destroy(),
  };
});
