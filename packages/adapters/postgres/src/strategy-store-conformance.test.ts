import { testDatabase } from "@syncline/dev-postgres/vitest";
import { strategyStoreConformance } from "@syncline/testkit";
import { describe, it } from "vitest";
import { postgresFixture } from "./testing/conformance-fixture.ts";
import { never, openPool } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);

strategyStoreConformance(
  async () => {
    const { session, strategies, close } = await postgresFixture(url, pool);
    const { strategyStore } = session;
    if (strategyStore === undefined || strategies === undefined) throw new Error("There is no table of strategies.");
    await session.migrate(never);
    return { store: strategyStore, ...strategies, close: () => session.close().then(close) };
  },
  { describe, it },
  // Each dispatch is told the table's revision in its own transaction, so it needs nobody to tell.
  { capabilities: [] },
);
