import { databaseConformance, queryComposerConformance, strategyStoreConformance } from "@syncline/testkit";
import { describe, it } from "vitest";
import { mariadbFixture } from "./testing/conformance-fixture.ts";
import { testServer } from "./testing/server.ts";

const server = await testServer();

describe.skipIf(server === undefined)("on a live MariaDB", () => {
  databaseConformance(
    () => {
      if (server === undefined) throw new Error("unreachable: skipped");
      return mariadbFixture(server);
    },
    { describe, it },
    {
      capabilities: [
        "multipleWorkers",
        "strategyTable",
        "snapshotReads",
        "strandedWork",
        "capture",
        "sources",
        "concurrentTransactions",
        "sql",
        "slowQueries",
        "failingValues",
        "interruption",
        "tablesAnew",
      ],
    },
  );
});
void queryComposerConformance;
void strategyStoreConformance;
