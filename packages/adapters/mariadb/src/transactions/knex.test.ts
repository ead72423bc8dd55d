import knex from "knex";
import { afterAll, expect, test } from "vitest";
import { describeTransactions } from "../testing/transaction-suite.ts";
import { knexTransaction } from "./knex.ts";

await describeTransactions("Knex", (server) => {
  const db = knex({ client: "mysql2", connection: { ...server } });
  afterAll(() => db.destroy());

  test("a transaction that has ended is refused", async () => {
    const trx = await db.transaction();
    await trx.commit();
    expect(() => knexTransaction(trx)).toThrow(expect.objectContaining({ code: "recorder.connection" }));
  });

  return {
    transaction: (work) =>
      db.transaction((trx) =>
        work({
          tx: knexTransaction(trx),
          run: (text) => trx.raw(text),
          nested: (inner) => trx.transaction((saved) => inner(knexTransaction(saved))),
        }),
      ),
    outside: {
      "the database itself": () => knexTransaction(db as never),
      nothing: () => knexTransaction(undefined as never),
    },
  };
});
