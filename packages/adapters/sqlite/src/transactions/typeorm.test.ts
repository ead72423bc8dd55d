import { DataSource } from "typeorm";
import { Database } from "../testing/driver.ts";
import { describeTransactions } from "../testing/transaction-suite.ts";
import { typeormTransaction } from "./typeorm.ts";

describeTransactions("TypeORM", async (file) => {
  const source = await new DataSource({ type: "better-sqlite3", driver: Database, database: file }).initialize();
  return {
    close: () => source.destroy(),
    transaction: (work) =>
      source.transaction(async (manager) => {
        await work({
          tx: typeormTransaction(manager),
          run: (text) => manager.query(text),
          nested: (inner) => manager.transaction(async (saved) => void (await inner(typeormTransaction(saved)))),
        });
      }),
    outside: {
      "the data source's own manager": () => typeormTransaction(source.manager),
      nothing: () => typeormTransaction(undefined as never),
    },
  };
});
