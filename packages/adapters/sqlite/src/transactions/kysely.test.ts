import { CamelCasePlugin, CompiledQuery, Kysely, SqliteDialect } from "kysely";
import { openWithDriver } from "../testing/driver.ts";
import { describeTransactions } from "../testing/transaction-suite.ts";
import { kyselyTransaction } from "./kysely.ts";

const connect = (file: string) =>
  // A plugin that renames what it can reach: it must not reach Syncline's statement.
  new Kysely<unknown>({
    dialect: new SqliteDialect({ database: openWithDriver(file) as never }),
    plugins: [new CamelCasePlugin()],
  });

describeTransactions("Kysely", (file) => {
  const db = connect(file);
  return {
    close: () => db.destroy(),
    transaction: (work) =>
      db.transaction().execute(async (trx) => {
        const run = (text: string) => trx.executeQuery(CompiledQuery.raw(text));
        await work({
          tx: kyselyTransaction(trx),
          run,
          // Kysely has savepoints in controlled transactions only.
          nested: async (inner) => {
            await run("SAVEPOINT inside");
            try {
              await inner(kyselyTransaction(trx));
            } catch (error) {
              await run("ROLLBACK TO inside");
              throw error;
            }
            await run("RELEASE inside");
          },
        });
      }),
    outside: {
      "the database itself": () => kyselyTransaction(db as never),
      nothing: () => kyselyTransaction(undefined as never),
    },
  };
});
