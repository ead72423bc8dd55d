import { DataSource } from "typeorm";
import { expect, test } from "vitest";
import { describeTransactions } from "../testing/transaction-suite.ts";
import { typeormTransaction } from "./typeorm.ts";

await describeTransactions("TypeORM", async ({ server, port, user, password, database, options }) => {
  const source = new DataSource({
    type: "mssql",
    host: server,
    port,
    username: user,
    password,
    database,
    options: { encrypt: options.encrypt, trustServerCertificate: options.trustServerCertificate },
  });
  await source.initialize();

  test("a query runner that began a transaction serves as well, until it has ended", async () => {
    const runner = source.createQueryRunner();
    await runner.startTransaction();
    expect(typeormTransaction(runner)).toBeDefined();
    await runner.commitTransaction();
    expect(() => typeormTransaction(runner)).toThrow(expect.objectContaining({ code: "recorder.connection" }));
    await runner.release();
  });

  return {
    transaction: (work) =>
      source.transaction((manager) => work({ tx: typeormTransaction(manager), run: (text) => manager.query(text) })),
    outside: {
      "the data source's own manager": () => typeormTransaction(source.manager),
      "a query runner that began none": () => typeormTransaction(source.createQueryRunner()),
      nothing: () => typeormTransaction(undefined as never),
    },
    close: () => source.destroy(),
  };
});
