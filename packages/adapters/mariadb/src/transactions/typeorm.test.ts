import { DataSource } from "typeorm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeTransactions } from "../testing/transaction-suite.ts";
import { typeormTransaction } from "./typeorm.ts";

await describeTransactions("TypeORM", ({ user, ...server }) => {
  const source = new DataSource({ type: "mariadb", username: user, ...server });
  beforeAll(() => source.initialize());
  afterAll(() => source.destroy());

  test("a query runner that began a transaction serves as well, until it has ended", async () => {
    const runner = source.createQueryRunner();
    try {
      await runner.startTransaction();
      expect(await typeormTransaction(runner).execute("SELECT ? AS given", ["a"])).toEqual([{ given: "a" }]);
      await runner.commitTransaction();
      expect(() => typeormTransaction(runner)).toThrow(expect.objectContaining({ code: "recorder.connection" }));
    } finally {
      await runner.release();
    }
  });

  return {
    transaction: (work) =>
      source.transaction((manager) =>
        work({
          tx: typeormTransaction(manager),
          run: (text) => manager.query(text),
          nested: (inner) => manager.transaction((saved) => inner(typeormTransaction(saved))),
        }),
      ),
    outside: {
      "the data source's own manager": () => typeormTransaction(source.manager),
      "a query runner that began none": () => typeormTransaction(source.createQueryRunner()),
      nothing: () => typeormTransaction(undefined as never),
    },
  };
});
