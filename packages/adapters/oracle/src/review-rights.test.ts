import { expect, test } from "vitest";
import { blockersWith } from "./blockers.ts";
import { createConnections } from "./connections.ts";
import { reviewRightsWith } from "./review-rights.ts";
import { oracleError, type Script, scriptedSource } from "./testing/scripted-source.ts";

const never = new AbortController().signal;
const place = { schema: "syncline", prefix: "syncline_" };
const connectionsOn = (script: Script) => createConnections(scriptedSource(script), { statementTimeoutMs: 1_000 });

test("what the reading login may do beyond reading is told, each with its weight", async () => {
  const reader = connectionsOn(({ text }) =>
    text.includes("SESSION_USER') AS login")
      ? { rows: [["READER"]] }
      : {
          rows: [
            ["privilege", "SELECT ANY TABLE"],
            ["privilege", "DEBUG CONNECT SESSION"],
            ["write", "SHOP.ORDERS"],
            ["lock", "SHOP.ORDERS"],
            ["outward", "UTL_HTTP"],
            ["outward", "UTL_HTTP"],
          ],
        },
  );
  const own = connectionsOn(() => ({ rows: [["SYNCLINE"]] }));
  const found = await reviewRightsWith(reader, own)(never);
  expect(found.map(({ severity, right }) => `${severity}: ${right}`)).toEqual([
    "danger: SELECT ANY TABLE",
    "notice: DEBUG CONNECT SESSION",
    "danger: may write SHOP.ORDERS",
    "notice: SELECT on SHOP.ORDERS",
    "notice: EXECUTE on UTL_HTTP",
  ]);
  expect((await reviewRightsWith(own, own)(never))[0]?.right).toBe("Syncline's own login, SYNCLINE");
});

test("who blocks is named, without what he runs", async () => {
  const row = ["SID 12,33871 of instance 1", "7.3.99", "SYNCLINE_DISPATCHER", "EDITOR", "sqlplus", "host", "INACTIVE"];
  const connections = connectionsOn(() => ({ rows: [[...row, "2026-01-01T00:00:10.000Z", "10"]] }));
  expect(await blockersWith(connections, place)(never)).toEqual({
    sessions: [
      {
        session: "SID 12,33871 of instance 1",
        transaction: "7.3.99",
        holds: "locks on SYNCLINE_DISPATCHER",
        role: "EDITOR",
        application: "sqlplus",
        address: "host",
        state: "INACTIVE",
        since: Date.parse("2026-01-01T00:00:00.000Z"),
      },
    ],
  });
});

test("a login that may not see who blocks says which right it lacks", async () => {
  const connections = connectionsOn(() => oracleError("ORA-00942: table or view does not exist"));
  const found = await blockersWith(connections, place)(never);
  expect(found.hidden).toContain("SYS.GV_$LOCKED_OBJECT");
  expect(found.sessions).toHaveLength(1);
});
