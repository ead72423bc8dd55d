import { CamelCasePlugin, CompiledQuery, Kysely, MssqlDialect } from "kysely";
import * as tarn from "tarn";
import * as tedious from "tedious";
import type { TdsConfig } from "../testing/tds/server.ts";
import { describeTransactions } from "../testing/transaction-suite.ts";
import { type KyselyTransaction, kyselyTransaction } from "./kysely.ts";

// A plugin that renames what it can reach: it must not reach Syncline's statement.
const connect = ({ server, port, user, password, options }: TdsConfig) =>
  new Kysely<unknown>({
    dialect: new MssqlDialect({
      tarn: { ...tarn, options: { min: 0, max: 2 } },
      tedious: {
        ...tedious,
        connectionFactory: () =>
          new tedious.Connection({
            server,
            options: { ...options, port },
            authentication: { type: "default", options: { userName: user, password } },
          }),
      },
      validateConnections: false,
    }),
    plugins: [new CamelCasePlugin()],
  }).withSchema("elsewhere");

await describeTransactions("Kysely", (config) => {
  const db = connect(config);
  return {
    transaction: (work) =>
      db
        .transaction()
        .execute((trx) =>
          work({ tx: kyselyTransaction(trx), run: (text) => trx.executeQuery(CompiledQuery.raw(text)) }),
        ),
    outside: {
      "the database itself": () => kyselyTransaction(db as unknown as KyselyTransaction),
      nothing: () => kyselyTransaction(undefined as unknown as KyselyTransaction),
    },
    close: () => db.destroy(),
  };
});

await describeTransactions("Kysely that the caller controls", (config) => {
  const db = connect(config);
  return {
    transaction: async (work) => {
      const trx = await db.startTransaction().execute();
      try {
        await work({ tx: kyselyTransaction(trx), run: (text) => trx.executeQuery(CompiledQuery.raw(text)) });
      } catch (error) {
        await trx.rollback().execute();
        throw error;
      }
      await trx.commit().execute();
    },
    outside: { "the database itself": () => kyselyTransaction(db as unknown as KyselyTransaction) },
    close: () => db.destroy(),
  };
});
