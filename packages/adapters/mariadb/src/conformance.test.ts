import { createQueryComposer } from "@syncline/core";
import { databaseConformance, queryComposerConformance, strategyStoreConformance } from "@syncline/testkit";
import { describe, it } from "vitest";
import { mariadbFixture } from "./testing/conformance-fixture.ts";
import { testServer } from "./testing/server.ts";
import { never } from "./testing/session.ts";

const server = await testServer();

describe.skipIf(server === undefined)("on a live MariaDB", () => {
  if (server === undefined) return;
  databaseConformance(
    () => mariadbFixture(server),
    { describe, it },
    {
      // Not declared: changeSignal, since nothing tells a session of another's commit; earlierSchemas,
      // since the tables have had one version so far.
      capabilities: [
        "multipleWorkers",
        "strategyTable",
        "snapshotReads",
        "strandedWork",
        "capture",
        "sources",
        "audit",
        "definitions",
        "strategyHistory",
        "diagnosis",
        "concurrentTransactions",
        "sql",
        "slowQueries",
        "failingValues",
        "interruption",
        "earlierSchemas",
        "tablesAnew",
      ],
    },
  );

  strategyStoreConformance(
    async () => {
      const { session, strategies, close } = await mariadbFixture(server);
      const { strategyStore } = session;
      if (strategyStore === undefined || strategies === undefined) throw new Error("There is no table of strategies.");
      await session.migrate(never);
      return { store: strategyStore, ...strategies, close: () => session.close().then(close) };
    },
    { describe, it },
    { capabilities: [] },
  );

  queryComposerConformance(
    async () => {
      const { adapter, session, close } = await mariadbFixture(server);
      return {
        composer: createQueryComposer(adapter.dialect),
        template: `SELECT i.label FROM (SELECT 9007199254740993 AS id, 'first''value' AS label) AS i
          WHERE i.id = :id AND i.label = :name`,
        run: (statements) =>
          session.queryRunner.run(statements, { timeoutMs: 30_000, maxRows: 100, numbers: "string" }, never),
        close: () => session.close().then(close),
      };
    },
    { describe, it },
    { capabilities: ["set", "runs"] },
  );
});
