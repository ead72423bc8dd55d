import { testDatabase } from "@syncline/dev-postgres/vitest";
import { databaseConformance } from "@syncline/testkit";
import { describe, it } from "vitest";
import { postgresFixture } from "./testing/conformance-fixture.ts";
import { openPool } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);

databaseConformance(
  () => postgresFixture(url, pool),
  { describe, it },
  {
    capabilities: [
      "multipleWorkers",
      "strategyTable",
      "changeSignal",
      "snapshotReads",
      "strandedWork",
      "capture",
      "sources",
      "audit",
      "definitions",
      "strategyHistory",
      "diagnosis",
      "backfills",
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
