import { createBacklogStore } from "@syncline/core/adapter-kit";
import { expect, test } from "vitest";
import { createConnections } from "./connections.ts";
import { driverOn } from "./sql-driver.ts";
import { ownStatements } from "./statements.ts";
import { boundValue, scriptedSource } from "./testing/scripted-source.ts";

const never = new AbortController().signal;

test.each(["requeue", "discard"] as const)("%s by strategy goes page by page, each committed", async (operation) => {
  const pages = [1_000, 7];
  const page = (count: number) => Array.from({ length: count }, (_, index) => [String(index + 1), "s", "{}", "dead"]);
  const source = scriptedSource(({ call, text }) => {
    if (call !== "execute") return undefined;
    return text?.startsWith("SELECT") ? { rows: page(pages[0] ?? 0) } : { outBinds: { changed: pages.shift() } };
  });
  const connections = createConnections(source, { statementTimeoutMs: 1_000 });
  const statements = ownStatements({ schema: undefined, prefix: "syncline_" });
  const store = createBacklogStore(driverOn(connections), statements, async () => 0);
  expect(await store[operation]({ strategy: "s" }, never)).toBe(1_007);
  const executed = source.calls.filter(({ call, text }) => call === "execute" && text?.startsWith("DECLARE"));
  expect(executed.map(({ binds }) => (boundValue(binds.ids) as readonly string[]).length)).toEqual([1_000, 7]);
});
