import { type DatabaseCapability, databaseConformance } from "@syncline/testkit";
import { afterAll, describe, it } from "vitest";
import { oracleFixture } from "./testing/conformance-fixture.ts";
import { liveServer } from "./testing/live-server.ts";

const capabilities: readonly DatabaseCapability[] = [
  "multipleWorkers",
  "strategyTable",
  "snapshotReads",
  "strandedWork",
  "audit",
  "definitions",
  "strategyHistory",
  "concurrentTransactions",
  "sql",
  "slowQueries",
  "failingValues",
  "interruption",
  "earlierSchemas",
  "sources",
];

const skip = { "a NULL and an empty text come out as they are": "Oracle has no empty text: '' is NULL" };

const variable = "SYNCLINE_ORACLE_URL";
const url = process.env[variable];

if (url === undefined || url === "") {
  console.log(`skipped: the database conformance suite on Oracle: ${variable} names no server`);
  const unreachable = () => Promise.reject(new Error(`${variable} is not set`));
  const skipping = Object.assign(it.skip.bind(it), { skip: it.skip });
  databaseConformance(unreachable, { describe, it: skipping }, { capabilities, skip, print: () => {} });
} else {
  const server = await liveServer(url);
  afterAll(() => server.close());
  databaseConformance(() => oracleFixture(server), { describe, it }, { capabilities, skip });
}
