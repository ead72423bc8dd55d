import type { OperatorRecord } from "@syncline/core/spi";
import oracledb from "oracledb";
import { expect, test } from "vitest";
import { backfillFromKeys } from "./backfill.ts";
import { createConnections } from "./connections.ts";
import { ownStatements } from "./statements.ts";
import { boundValue, scriptedSource } from "./testing/scripted-source.ts";

const category = { name: "made", fields: { at: "timestamp", id: "integer" } } as const;
const keys = `SELECT t.made AS "at", t.id AS "id" FROM t;`;

function backfillOf(at: unknown, found: readonly (string | null)[] = ["{}", "{}"], record?: OperatorRecord) {
  const number = { name: "id", dbType: oracledb.DB_TYPE_NUMBER, precision: 9, scale: 0 };
  const left = found.map((condition) => [condition]);
  const source = scriptedSource(({ call, rows }) => {
    if (call === "describe") return { metaData: [{ name: "at", dbType: at }, number] };
    if (call === "executeMany") return { rowsAffected: rows.length };
    return { resultSet: { getRows: async (count) => left.splice(0, count), close: async () => {} } };
  });
  const place = { schema: undefined, prefix: "syncline_" };
  const connections = createConnections(source, { statementTimeoutMs: 1_000 });
  const backfill = { strategy: "s", category, keys };
  return {
    source,
    run: () => {
      const { keep } = ownStatements(place).audit;
      return backfillFromKeys(connections, place, backfill, { shown: {}, keep, record }, new AbortController().signal);
    },
  };
}

test("a backfill of keys asks for their types before it records", async () => {
  const { source, run } = backfillOf(oracledb.DB_TYPE_TIMESTAMP_TZ);
  expect(await run()).toBe(2);
  expect(source.calls[0]).toMatchObject({
    call: "describe",
    text: `SELECT q.* FROM (\nSELECT t.made AS "at", t.id AS "id" FROM t\n) q`,
  });
});

test("it records in portions, and commits at the end", async () => {
  const { source, run } = backfillOf(
    oracledb.DB_TYPE_TIMESTAMP_TZ,
    Array.from({ length: 1_001 }, () => '{"n":"é"}'),
  );
  expect(await run()).toBe(1_001);
  expect(source.calls.map(({ call, rows }) => [call, rows.length])).toEqual([
    ["describe", 0],
    ["execute", 0],
    ["executeMany", 1_000],
    ["executeMany", 1],
    ["commit", 0],
    ["close", 0],
  ]);
  expect(source.calls[2]?.rows[0]).toMatchObject({ condition: '{"n":"\\u00e9"}', strategy: "s", operation: "upsert" });
});

test("what is to be kept of it is kept in the same transaction, with how many there were", async () => {
  const record = { action: "backfill", actor: "ann", reason: null, strategy: "s", selection: "{}" } as const;
  const { source, run } = backfillOf(oracledb.DB_TYPE_TIMESTAMP_TZ, ["{}", "{}", "{}"], record);
  expect(await run()).toBe(3);
  const [, , , kept, end] = source.calls;
  expect([kept?.call, end?.call]).toEqual(["execute", "commit"]);
  expect([boundValue(kept?.binds.actor), boundValue(kept?.binds.quantity)]).toEqual(["ann", 3]);
});

test("it records nothing where one key lacks a value, and says how many do", async () => {
  const { source, run } = backfillOf(oracledb.DB_TYPE_TIMESTAMP_TZ, [
    ...Array.from({ length: 1_000 }, () => "{}"),
    null,
    "{}",
    null,
  ]);
  await expect(run()).rejects.toMatchObject({ code: "query.data", message: expect.stringMatching(/^2 /) });
  expect(source.calls.map(({ call }) => call).slice(-2)).toEqual(["rollback", "close"]);
});

test("and records none whose instants have no zone: the session's would decide", async () => {
  const { source, run } = backfillOf(oracledb.DB_TYPE_TIMESTAMP);
  await expect(run()).rejects.toMatchObject({
    code: "query.invalid",
    problems: [{ at: "at", message: expect.stringContaining("FROM_TZ") }],
  });
  expect(source.calls.some(({ text }) => text.startsWith("INSERT"))).toBe(false);
});
