import { category, createPipeline, strategy } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { postgres } from "@syncline/postgres";
import { expect, it } from "vitest";

const url = await testDatabase();
const item = category("item", { id: "bigint" });
const items = (name: string, query: string) =>
  strategy(name, { category: item, query, downstream: "sink", path: "items", whenAbsent: "skip" });

it("says at the start, and once, that the role which reads is missing: the first read may come days later", async () => {
  const told: unknown[] = [];
  const quiet = () => {};
  await using pipeline = createPipeline({
    database: postgres({ connectionString: url, query: { role: "nobody_has_made_it" } }),
    categories: [item],
    strategies: [items("one", "SELECT :id AS id"), items("two", "SELECT :id AS number")],
    downstreams: {
      sink: {
        specVersion: 1,
        name: "sink",
        capabilities: { batch: true, perItemOutcome: true, delete: true },
        open: () => ({ invoke: async () => ({ status: "accepted" }) }),
      },
    },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  pipeline.on("error", ({ during, error }) => told.push([during, String(error)]));
  await pipeline.migrate();
  await pipeline.start();
  expect(told).toEqual([["check how strategies are read", expect.stringMatching(/nobody_has_made_it.*query\.role/)]]);
});
