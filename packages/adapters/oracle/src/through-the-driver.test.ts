import type { QueryLimits } from "@syncline/core/spi";
import { testDelivery } from "@syncline/testkit/makers";
import oracledb from "oracledb";
import { describe, expect, test } from "vitest";
import { oracleRecorder } from "./recorder.ts";
import { sessionOnDouble, textRows } from "./testing/double.ts";
import { startTnsServer } from "./testing/tns/server.ts";

const never = new AbortController().signal;
const lease = { token: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", durationMs: 60_000 };
const limits: QueryLimits = { timeoutMs: 10_000, maxRows: 10, numbers: "string" };

describe("the poller's statements are taken by the driver", () => {
  test("a dispatch of more than one block, within one transaction", async () => {
    const changes = Array.from({ length: 1_500 }, (_, index) => String(index + 1));
    await using double = await sessionOnDouble(({ sql, rows, kind }) => {
      if (kind !== "execute") return undefined;
      if (sql.includes("NOWAIT")) return textRows(1, [["7"]]);
      if (sql.includes("t.recorded_at"))
        return textRows(
          6,
          changes.map((id) => [id, "order", `{"orderId":${id}}`, "upsert", null, "2024-01-02T03:04:05.678Z"]),
        );
      const keys = rows[0]?.keys;
      return Array.isArray(keys)
        ? { out: { base: "9007199254740993", inserted: keys.length, leased: "1" } }
        : { rowCount: rows.length };
    });
    const { session, server } = double;
    const result = await session.poller.dispatch(
      2_000,
      ([first, ...others]) => ({
        refused: first === undefined ? [] : [{ change: first, reason: "größe 🚲" }],
        deliveries: others.map(({ condition }) =>
          testDelivery({ key: condition, firstRecordedAt: 1_700_000_000_123, lease }),
        ),
      }),
      never,
    );
    expect(result).toMatchObject({ status: "done", taken: 1_500, inserted: 1_499 });
    expect(result.claims.map(({ id }) => id)).toEqual(["9007199254740994", "9007199254740994"]);
    const [, , deletion, refusal, first, second] = double.statements();
    expect(deletion?.rows).toHaveLength(1_500);
    expect(refusal?.rows[0]).toMatchObject({
      id: "1",
      strategy: null,
      reason: "größe 🚲",
      recorded_ms: 1_704_164_645_678,
    });
    expect(first?.rows[0]).toMatchObject({
      tokens: Array.from({ length: 1_000 }, () => lease.token),
      first_ms: Array.from({ length: 1_000 }, () => 1_700_000_000_123),
      quiets: Array.from({ length: 1_000 }, () => null),
    });
    expect(second?.rows[0]?.keys).toHaveLength(499);
    expect(server.calls.some(({ commit }) => commit)).toBe(false);
    expect(server.calls.at(-1)?.kind).toBe("commit");
  });

  test("a claim, a renewal and a settlement, each committed with its block", async () => {
    await using double = await sessionOnDouble(({ sql }) => {
      if (sql.includes(":claims"))
        return { out: { claims: [`1 12 0 9007199254740993 delete 0 1 2024-01-02T03:04:05.678Z - s {"a":"ü"}`] } };
      if (sql.includes(":held")) return { out: { held: "1" } };
      return { out: { again: null, late: "1" } };
    });
    const { poller } = double.session;
    const [claim] = await poller.claim([{ strategy: "s", count: 5, strict: true }], lease, never);
    expect(claim).toMatchObject({
      id: "12",
      revision: "9007199254740993",
      key: `{"a":"ü"}`,
      attempts: 1,
      lapsed: true,
    });
    if (claim === undefined) return;
    expect(await poller.renew([claim], 1)).toEqual(["12"]);
    const failure = { kind: "rejected", code: "x", message: "", effect: "no" } as const;
    expect(await poller.settle([{ result: "dead", claim, failure }])).toEqual(["late"]);
    const [claiming, , settling] = double.statements();
    expect(double.statements().every(({ commit, isPlsql }) => commit && isPlsql)).toBe(true);
    expect(claiming?.rows[0]).toMatchObject({
      strategies: ["s"],
      counts: [5],
      token: lease.token,
      lease_ms: 60_000,
    });
    expect(claiming?.binds.find(({ name }) => name === "claims")).toMatchObject({
      type: "VARCHAR2",
      size: 2_000,
      elements: 1_000,
    });
    expect(settling?.rows[0]).toMatchObject({ delays: [null], kinds: ["rejected"], messages: [null] });
  });

  test("strategies whose definitions are large", async () => {
    const definition = JSON.stringify({ category: "order", query: "ü".repeat(40_000) });
    await using double = await sessionOnDouble(() => ({
      columns: [
        { name: "REVISION", type: "VARCHAR2(40)" },
        { name: "NAME", type: "VARCHAR2(64)" },
        { name: "DEFINITION", type: "CLOB" },
      ],
      rows: [["4", "crm", definition]],
    }));
    const loaded = await double.session.strategyStore?.load(never);
    expect(loaded?.revision).toBe("4");
    expect(loaded?.strategies[0]?.definition).toMatchObject({ name: "crm", query: "ü".repeat(40_000) });
  });

  test("what operators ask for", async () => {
    const keysFound = Array.from({ length: 2_500 }, (_, at) => [`{"orderId":"ü${at}"}`]);
    await using double = await sessionOnDouble(({ sql, rows }) => {
      if (sql.includes("oldest_change"))
        return textRows(13, [
          [
            "2024-01-02T03:04:05.678Z",
            "3",
            "2024-01-02T03:04:05.000Z",
            "1",
            "s",
            "1",
            "0",
            "0",
            "2",
            "0",
            "0",
            "2024-01-02T03:04:04.678Z",
            "1",
          ],
        ]);
      if (sql.includes(":changed")) return { out: { changed: 2 } };
      if (sql.includes(":readmitted")) return { out: { readmitted: 3 } };
      if (sql.includes(":taken")) return { out: { taken: 5 } };
      if (sql.includes("w.strategies FROM")) return textRows(1, [['["a","b"]'], ['["b"]']]);
      if (sql.includes(":lines"))
        return {
          out: { lines: ['gone 4 1 2 3 2024-01-02T03:04:05.678Z 2024-01-02T03:04:05.000Z {"name":"a b"}'] },
        };
      if (sql.startsWith("SELECT CASE WHEN q.")) return textRows(1, keysFound);
      if (sql.startsWith("SELECT"))
        return textRows(11, [
          ["1", "s", "{}", "dead", "upsert", "1", "0", "rejected", "x", null, "2024-01-02T03:04:05.000Z"],
        ]);
      return { rowCount: rows.length };
    });
    const { backlog, strandedWork } = double.session;
    expect(await strandedWork?.attend(crypto.randomUUID(), ["crm"], 35_000, never)).toEqual(["a", "b"]);
    expect(await strandedWork?.attend(crypto.randomUUID(), [], 0, never)).toEqual(["a", "b"]);
    expect(await strandedWork?.list(["crm"], never)).toEqual([
      { strategy: "gone", pending: 4, leased: 1, dead: 2, held: 3, oldestAgeMs: 678, key: '{"name":"a b"}' },
    ]);
    const portion = { strategy: "gone", withHeld: true, most: 10 };
    expect(await strandedWork?.move(portion, { strategy: "crm", category: "order" }, never)).toBe(5);
    expect(await strandedWork?.discard(portion, never)).toBe(5);
    expect(await backlog.status(never)).toEqual({
      changes: 3,
      oldestChangeAgeMs: 678,
      refused: 1,
      strategies: [
        {
          strategy: "s",
          due: 1,
          blocked: 0,
          waiting: 0,
          leased: 2,
          dead: 0,
          held: 0,
          oldestAgeMs: 1_000,
          paused: true,
        },
      ],
    });
    expect((await backlog.deadLetters({ strategy: "s" }, never)).items).toMatchObject([
      { id: "1", failure: { message: "" } },
    ]);
    expect(await backlog.requeue({ ids: ["1", "2"] }, never)).toBe(2);
    expect(await backlog.discard({ ids: ["3", "4"] }, never)).toBe(2);
    expect(await backlog.readmit(["a", "b"], never)).toBe(3);
    await backlog.pause("s", never);
    await backlog.resume("s", never);
    const category = { name: "order", fields: { orderId: "bigint" } } as const;
    const keys = `SELECT id AS "orderId" FROM orders WHERE note <> 'a:b'`;
    expect(await backlog.backfill({ strategy: "s", category, keys }, never)).toBe(2_500);
    expect(
      double
        .statements()
        .slice(-3)
        .map(({ rows, commit }) => [rows.length, commit]),
    ).toEqual([
      [1_000, false],
      [1_000, false],
      [500, false],
    ]);
    const recorded = { category: "order", strategy: "s", condition: '{"orderId":"\\u00fc2499"}' };
    expect(double.statements().at(-1)?.rows.at(-1)).toMatchObject(recorded);
    expect(double.server.calls.at(-1)?.kind).toBe("commit");
  });
});

describe("reads", () => {
  test("come exactly, whatever their types", async () => {
    await using double = await sessionOnDouble(({ kind, sql }) => {
      if (kind === "rollback" || sql.startsWith("SET")) return undefined;
      const columns = [
        { name: "#", type: "NUMBER(9)" },
        { name: "n", type: "NUMBER" },
        { name: "day", type: sql.includes("TO_CHAR") ? "VARCHAR2(40)" : "DATE" },
        { name: "blob", type: "BLOB" },
        { name: "clob", type: "CLOB" },
        { name: "raw", type: "RAW(16)" },
        { name: "double", type: "BINARY_DOUBLE" },
      ];
      const rows = [
        [
          0,
          "12345678901234567890.123456789",
          " 2024-02-29T00:00:00",
          Buffer.from("hi"),
          "ü".repeat(9),
          Buffer.of(0, 255),
          1.5,
        ],
        [1, "0.5", " 2024-02-29T10:00:00", null, null, null, null],
      ];
      return kind === "describe" ? { columns } : { columns, rows };
    });
    for (const parameter of ["short", "x".repeat(4_001)]) {
      const [result] = await double.session.queryRunner.run(
        [{ text: "SELECT t.* FROM t WHERE x = :p1", parameters: [parameter] }],
        limits,
        never,
      );
      expect(result).toEqual({
        columns: ["#", "n", "day", "blob", "clob", "raw", "double"],
        rows: [
          [0, "12345678901234567890.123456789", "2024-02-29", "aGk=", "ü".repeat(9), "AP8=", 1.5],
          [1, "0.5", "2024-02-29T10:00:00", null, null, null, null],
        ],
      });
    }
    expect(
      double
        .statements()
        .filter(({ rows }) => rows.length > 0)
        .map(({ rows }) => String(rows[0]?.p1).length),
    ).toEqual([5, 4_001]);
    expect(double.server.calls.filter(({ kind }) => kind === "describe")).toHaveLength(1);
  });

  test("end at their time limit and when their signal fires, and the next one works", async () => {
    let isSlow = true;
    await using double = await sessionOnDouble(({ kind, sql }) => {
      if (kind === "rollback" || sql.startsWith("SET")) return undefined;
      if (kind !== "describe" && isSlow) return "silence";
      return { columns: [{ name: "n", type: "NUMBER(9)" }], rows: kind === "describe" ? [] : [[1]] };
    });
    const { queryRunner } = double.session;
    const statement = { text: "SELECT 1 FROM dual", parameters: [] };
    await expect(queryRunner.run([statement], { ...limits, timeoutMs: 100 }, never)).rejects.toMatchObject({
      code: "query.timeout",
    });
    const abort = new AbortController();
    const reading = queryRunner.run([statement], limits, abort.signal);
    await expect.poll(() => double.statements().filter(({ sql }) => sql.startsWith("SELECT")).length).toBe(2);
    abort.abort();
    await expect(reading).rejects.toMatchObject({ code: "operation.aborted" });
    isSlow = false;
    expect((await queryRunner.run([statement], limits, never))[0]?.rows).toEqual([[1]]);
  });

  test("have their own words for what the server refuses", async () => {
    const refusals: readonly (readonly [number, string])[] = [
      [942, "query.invalid"],
      [1722, "query.data"],
      [1456, "query.refused"],
      [60, "database.busy"],
      [28, "database.unavailable"],
    ];
    for (const [number, code] of refusals) {
      await using double = await sessionOnDouble(({ kind, sql }) =>
        kind === "rollback" || sql.startsWith("SET") ? undefined : { error: { number, message: "refused" } },
      );
      const reading = double.session.queryRunner.run([{ text: "SELECT 1 FROM dual", parameters: [] }], limits, never);
      await expect(reading).rejects.toMatchObject({ code });
    }
  });
});

describe("a connection that is lost", () => {
  test.each(["execute", "commit"])("in the %s is unavailable, and the next operation gets another", async (where) => {
    let isLost = true;
    await using double = await sessionOnDouble(({ kind, sql }) => {
      if (isLost && kind === where) return "drop";
      if (kind !== "execute") return undefined;
      return sql.includes(":changed") ? { out: { changed: 1 } } : undefined;
    });
    const { backlog } = double.session;
    const requeue = () => backlog.requeue({ ids: ["1"] }, never);
    await expect(requeue()).rejects.toMatchObject({ code: "database.unavailable", retryable: true });
    isLost = false;
    expect(await requeue()).toBe(1);
  });
});

describe("recording on the driver's own connection", () => {
  test("one change and seventy thousand are one call each, and nothing is committed", async () => {
    const server = await startTnsServer(({ rows }) => ({ rowCount: rows.length }));
    const connection = await oracledb.getConnection(server.config);
    const change = (id: number) => ({
      category: "order",
      condition: {},
      key: `{"orderId":${id}}`,
      operation: "upsert" as const,
    });
    for (const count of [1, 70_000])
      await oracleRecorder().record(
        connection,
        Array.from({ length: count }, (_, id) => change(id)),
      );
    expect(server.calls.map(({ rows, commit }) => [rows.length, commit])).toEqual([
      [1, false],
      [70_000, false],
    ]);
    expect(server.calls[1]?.rows[69_999]).toEqual({
      category: "order",
      condition: `{"orderId":69999}`,
      operation: "upsert",
    });
    await connection.rollback();
    await connection.close();
    await server.close();
  });
});
