import { CamelCasePlugin, CompiledQuery, Kysely, PostgresDialect, type Transaction } from "kysely";
import pg from "pg";
import { afterAll } from "vitest";
import { describeTransactions } from "../testing/transaction-suite.ts";
import { type KyselyTransaction, kyselyTransaction } from "./kysely.ts";

await describeTransactions("Kysely", (url) => {
  // A plugin that renames what it can reach: it must not reach Syncline's statement.
  const db = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }),
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

await describeTransactions("Kysely that the caller controls", (url) => {
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }) });
  afterAll(() => db.destroy());
  return {
    transaction: async (work) => {
      const trx = await db.startTransaction().execute();
      try {
        await work({
          tx: kyselyTransaction(trx),
          run: (text) => trx.executeQuery(CompiledQuery.raw(text)),
          nested: async (inner) => {
            const saved = await trx.savepoint("inside").execute();
            try {
              await inner(kyselyTransaction(saved));
            } catch (error) {
              await saved.rollbackToSavepoint("inside").execute();
              throw error;
            }
            await saved.releaseSavepoint("inside").execute();
          },
        });
      } catch (error) {
        await trx.rollback().execute();
        throw error;
      }
      await trx.commit().execute();
    },
    outside: { "the database itself": () => kyselyTransaction(db as unknown as KyselyTransaction) },
  };
});
