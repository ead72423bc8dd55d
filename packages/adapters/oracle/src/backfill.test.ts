import oracledb from "oracledb";
import { expect, test } from "vitest";
import { backfillWith } from "./backfill.ts";
import { createConnections } from "./connections.ts";
import { scriptedSource } from "./testing/scripted-source.ts";

const category = { name: "made", fields: { at: "timestamp", id: "integer" } } as const;
const keys = `SELECT t.made AS "at", t.id AS "id" FROM t;`;

function backfillOf(at: unknown) {
  const number = { name: "id", dbType: oracledb.DB_TYPE_NUMBER, precision: 9, scale: 0 };
  const source = scriptedSource(({ call }) =>
    call === "describe" ? { metaData: [{ name: "at", dbType: at }, number] } : { rowsAffected: 2 },
  );
  const place = { schema: undefined, prefix: "syncline_" };
  const backfill = backfillWith(createConnections(source, { statementTimeoutMs: 1_000 }), place, {});
  return { source, run: () => backfill({ strategy: "s", category, keys }, new AbortController().signal) };
}

test("a backfill of keys asks for their types before it records", async () => {
  const { source, run } = backfillOf(oracledb.DB_TYPE_TIMESTAMP_TZ);
  expect(await run()).toBe(2);
  expect(source.calls[0]).toMatchObject({
    call: "describe",
    text: `SELECT q.* FROM (\nSELECT t.made AS "at", t.id AS "id" FROM t\n) q`,
  });
});

test("and records none whose instants have no zone: the session's would decide", async () => {
  const { source, run } = backfillOf(oracledb.DB_TYPE_TIMESTAMP);
  await expect(run()).rejects.toMatchObject({
    code: "query.invalid",
    problems: [{ at: "at", message: expect.stringContaining("FROM_TZ") }],
  });
  expect(source.calls.some(({ text }) => text.startsWith("INSERT"))).toBe(false);
});
