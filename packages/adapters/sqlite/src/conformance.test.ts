import { createQueryComposer } from "@syncline/core";
import { databaseConformance, queryComposerConformance, strategyStoreConformance } from "@syncline/testkit";
import { describe, it } from "vitest";
import { openWithDriver } from "./testing/driver.ts";
import { sqliteFixture } from "./testing/fixture.ts";

const never = new AbortController().signal;

databaseConformance(
  () => sqliteFixture(openWithDriver),
  { describe, it },
  {
    // Not declared, since SQLite cannot:
    // - changeSignal: nothing tells a process of another's commit. One would have to poll, which is what a poller does.
    // - concurrentTransactions: there is one writer at a time.
    // - slowQueries: a synchronous driver runs a statement in this thread, so nothing can end it from here.
    // - interruption: there is no connection to be cut; what dies is the process, and its transaction with it.
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
      "sql",
      "failingValues",
      "earlierSchemas",
      "tablesAnew",
    ],
  },
);

strategyStoreConformance(
  async () => {
    const { session, strategies, close } = sqliteFixture(openWithDriver);
    const { strategyStore } = session;
    if (strategyStore === undefined || strategies === undefined) throw new Error("There is no table of strategies.");
    await session.migrate(never);
    return { store: strategyStore, ...strategies, close: () => session.close().then(close) };
  },
  { describe, it },
  { capabilities: [] },
);

queryComposerConformance(
  () => {
    const { adapter, session, close } = sqliteFixture(openWithDriver);
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
