import { type DatabaseCapability, databaseConformance } from "@syncline/testkit";
import { afterAll, describe, it } from "vitest";
import { sqlServerFixture } from "./testing/conformance-fixture.ts";
import { liveDatabases } from "./testing/live-database.ts";

const capabilities: readonly DatabaseCapability[] = [
  "multipleWorkers",
  "strategyTable",
  "snapshotReads",
  "strandedWork",
  "concurrentTransactions",
  "sql",
  "slowQueries",
  "failingValues",
  "interruption",
  "earlierSchemas",
  "sources",
  "audit",
  "definitions",
  "strategyHistory",
];

const variable = "SYNCLINE_SQLSERVER_URL";
const url = process.env[variable];

if (url === undefined || url === "") {
  console.log(`skipped: the database conformance suite on SQL Server: ${variable} names no server`);
  const unreachable = () => Promise.reject(new Error(`${variable} is not set`));
  const skipping = Object.assign(it.skip.bind(it), { skip: it.skip });
  databaseConformance(unreachable, { describe, it: skipping }, { capabilities, print: () => {} });
} else {
  for (const database of await liveDatabases(url)) {
    describe(`SQL Server, ${database.name}`, () => {
      afterAll(() => database.close());
      databaseConformance(() => sqlServerFixture(database), { describe, it }, { capabilities, timeoutMs: 120_000 });
    });
  }
}
