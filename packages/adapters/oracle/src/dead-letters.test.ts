import { createBacklogStore } from "@syncline/core/adapter-kit";
import { expect, test } from "vitest";
import { createConnections } from "./connections.ts";
import { driverOn } from "./sql-driver.ts";
import { ownStatements } from "./statements.ts";
import { boundValue, scriptedSource } from "./testing/scripted-source.ts";

const never = new AbortController().signal;

test.each(["requeue", "discard"] as const)(
  "%s by strategy goes portion by portion, each committed",
  async (operation) => {
    const answers = [5_000, 5_000, 7];
    const source = scriptedSource(({ call }) =>
      call === "execute" ? { outBinds: { changed: answers.shift() } } : undefined,
    );
    const connections = createConnections(source, { statementTimeoutMs: 1_000 });
    const statements = ownStatements({ schema: undefined, prefix: "syncline_" });
    const store = createBacklogStore(driverOn(connections), statements, async () => 0);
    expect(await store[operation]({ strategy: "s" }, never)).toBe(10_007);
    const executed = source.calls.filter(({ call }) => call === "execute");
    expect(executed.map(({ binds, options }) => [boundValue(binds.most), options.autoCommit])).toEqual([
      [5_000, true],
      [5_000, true],
      [5_000, true],
    ]);
  },
);
