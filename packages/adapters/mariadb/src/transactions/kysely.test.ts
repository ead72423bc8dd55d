import { CamelCasePlugin, CompiledQuery, Kysely, MysqlDialect, type Transaction } from "kysely";
import mysql from "mysql2";
import { afterAll } from "vitest";
import { describeTransactions } from "../testing/transaction-suite.ts";
import { type KyselyTransaction, kyselyTransaction } from "./kysely.ts";

await describeTransactions("Kysely", (server) => {
  // A plugin that renames what it can reach: it must not reach Syncline's statement.
  const db = new Kysely<unknown>({
    dialect: new MysqlDialect({ pool: mysql.createPool({ ...server }) }),
    plugins: [new CamelCasePlugin()],
  }).withSchema("elsewhere");
  afterAll(() => db.destroy());
  const run = (trx: Transaction<unknown>, text: string) => trx.executeQuery(CompiledQuery.raw(text));
  return {
    transaction: (work) =>
      db.transaction().execute((trx) =>
        work({
          tx: kyselyTransaction(trx),
          run: (text) => run(trx, text),
          // Kysely has savepoints in controlled transactions only.
          nested: async (inner) => {
            await run(trx, "SAVEPOINT inside");
            try {
              await inner(kyselyTransaction(trx));
            } catch (error) {
              await run(trx, "ROLLBACK TO SAVEPOINT inside");
              throw error;
            }
            await run(trx, "RELEASE SAVEPOINT inside");
          },
        }),
      ),
    outside: {
      "the database itself": () => kyselyTransaction(db as unknown as KyselyTransaction),
      nothing: () => kyselyTransaction(undefined as unknown as KyselyTransaction),
    },
  };
});
