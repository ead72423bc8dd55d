import knex from "knex";
import { afterAll, expect, test } from "vitest";
import { describeTransactions } from "../testing/transaction-suite.ts";
import { knexTransaction } from "./knex.ts";

await describeTransactions("Knex", (url) => {
  const db = knex({ client: "pg", connection: url });
  afterAll(() => db.destroy());

  test("a question mark that is no parameter stays one", async () => {
    await db.transaction(async (trx) => {
      const answer = await knexTransaction(trx).query(`SELECT '{"a?": 1}'::jsonb ? $2 AS held, $1 AS kept`, [
        "?",
        "a?",
      ]);
      expect(answer).toMatchObject({ rows: [{ held: true, kept: "?" }] });
    });
  });

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
