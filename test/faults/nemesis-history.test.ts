import { ownPostgres } from "@syncline/dev-postgres";
import { afterAll, expect, it } from "vitest";
import { runNemesisHistory } from "./run-nemesis-history.ts";

const server = await ownPostgres();
afterAll(() => server.stop());

it("keeps every promise while workers are killed and frozen, and network, database and server fail", async () => {
  const result = await runNemesisHistory(server, 7);
  expect(result.violations, result.story).toEqual([]);
  expect(result.calls).toBeGreaterThan(result.changes);
  expect(result.story).toContain("seed 7");
});
