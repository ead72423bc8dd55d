import sql from "mssql";
import { afterEach, expect, test } from "vitest";
import type { MssqlPool } from "../../driver.ts";
import { startTdsServer, type TdsServer } from "./server.ts";

const opened: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function startServer(...handler: Parameters<typeof startTdsServer>): Promise<TdsServer> {
  const server = await startTdsServer(...handler);
  opened.push(server);
  return server;
}

async function openPool({ config }: TdsServer, more: Partial<sql.config> = {}): Promise<sql.ConnectionPool> {
  const pool = new sql.ConnectionPool({
    ...config,
    pool: { max: 2 },
    validateConnection: "socket",
    ...more,
  } as sql.config);
  pool.on("error", () => {});
  await pool.connect();
  opened.push(pool);
  return pool;
}

test("the driver logs in, and sets what indexes with a filter need", async () => {
  const server = await startServer();
  await openPool(server);
  for (const needed of ["set ansi_nulls on", "set quoted_identifier on", "set arithabort on"])
    expect(server.settings[0]).toContain(needed);
});

test("a wrong password is refused as SQL Server does", async () => {
  const server = await startServer();
  await expect(openPool(server, { password: "another" })).rejects.toMatchObject({
    code: "ELOGIN",
    message: "Login failed for user 'syncline'.",
  });
});

test("parameters come with their types and their exact values, whatever their length", async () => {
  const server = await startServer();
  const pool = await openPool(server);
  const long = "ü😀".repeat(20_000);
  const request = pool.request();
  request.input("word", sql.NVarChar(400), "ä").input("long", sql.NVarChar(sql.MAX), long);
  request.input("big", sql.BigInt, "-9223372036854775808").input("none", sql.BigInt, null);
  request.input("whole", sql.Int, -7).input("yes", sql.Bit, true).input("exact", sql.Float, 0.1);
  request.input("code", sql.UniqueIdentifier, "0E984725-C51C-4BF4-9960-E1C80E27ABA0");
  request.input("narrow", sql.VarChar(64), "é").input("bytes", sql.VarBinary(8), Buffer.of(1, 2));
  await request.query("SELECT @word");
  expect(server.calls[0]).toMatchObject({ kind: "query", sql: "SELECT @word", inTransaction: false });
  expect(server.calls[0]?.parameters).toEqual([
    { name: "word", type: "nvarchar(400)", value: "ä" },
    { name: "long", type: "nvarchar(max)", value: long },
    { name: "big", type: "bigint", value: "-9223372036854775808" },
    { name: "none", type: "bigint", value: null },
    { name: "whole", type: "int", value: -7 },
    { name: "yes", type: "bit", value: true },
    { name: "exact", type: "float", value: 0.1 },
    { name: "code", type: "uniqueidentifier", value: "0e984725-c51c-4bf4-9960-e1c80e27aba0" },
    { name: "narrow", type: "varchar(64)", value: "é" },
    { name: "bytes", type: "varbinary(8)", value: Buffer.of(1, 2) },
  ]);
});

const long = "ü😀".repeat(20_000);

test.each([
  ["tinyint", 255, 255],
  ["smallint", -300, -300],
  ["int", -70_000, -70_000],
  ["bigint", "9007199254740993", "9007199254740993"],
  ["bit", true, true],
  ["real", 0.5, 0.5],
  ["float", 0.1, 0.1],
  ["money", -1.25, -1.25],
  ["decimal(9,2)", "-1.5", -1.5],
  ["numeric(28,4)", "12345678.9", 12345678.9],
  ["decimal(38,10)", "1.0000000001", 1.0000000001],
  ["nvarchar(400)", "ü😀", "ü😀"],
  ["nvarchar(max)", long, long],
  ["varchar(64)", "é", "é"],
  ["varbinary(max)", Buffer.of(0, 255), Buffer.of(0, 255)],
  ["uniqueidentifier", "0e984725-c51c-4bf4-9960-e1c80e27aba0", "0E984725-C51C-4BF4-9960-E1C80E27ABA0"],
  ["date", "1899-12-31", new Date("1899-12-31T00:00:00Z")],
  ["time(0)", "23:59:59", new Date("1970-01-01T23:59:59Z")],
  ["datetime", "2026-01-02T03:04:05.677", new Date("2026-01-02T03:04:05.677Z")],
  ["datetime2(3)", "2026-01-02T03:04:05.678", new Date("2026-01-02T03:04:05.678Z")],
  ["datetimeoffset(7)", "2026-01-02T01:04:05.1234567+02:00", new Date("2026-01-01T23:04:05.123Z")],
])("the driver reads a value of %s, and its absence", async (type, written, read) => {
  const server = await startServer(() => ({
    results: [{ columns: [{ name: "value", type }], rows: [[written], [null]] }],
  }));
  const pool = await openPool(server);
  const { recordset } = await pool.request().query("SELECT value FROM somewhere");
  expect(recordset.map(({ value }) => value)).toEqual([read, null]);
});

test("a transaction is begun at its level, its calls belong to it, and it ends", async () => {
  const server = await startServer();
  const pool = await openPool(server);
  for (const end of ["commit", "rollback"] as const) {
    const transaction = pool.transaction();
    await transaction.begin(sql.ISOLATION_LEVEL.SNAPSHOT);
    await transaction.request().query("SELECT 1");
    await transaction[end]();
  }
  await pool.request().query("SELECT 2");
  expect(server.calls.map(({ kind, isolation, inTransaction }) => [kind, isolation, inTransaction])).toEqual([
    ["begin", "snapshot", false],
    ["query", undefined, true],
    ["commit", undefined, true],
    ["begin", "snapshot", false],
    ["query", undefined, true],
    ["rollback", undefined, true],
    ["query", undefined, false],
  ]);
});

test("an error comes as the driver makes it of what the server says", async () => {
  const server = await startServer(() => ({
    error: { number: 2627, message: "Violation of PRIMARY KEY", severity: 14, state: 2, procedure: "p", line: 3 },
  }));
  const pool = await openPool(server);
  await expect(pool.request().query("INSERT …")).rejects.toMatchObject({
    name: "RequestError",
    code: "EREQUEST",
    number: 2627,
    state: 2,
    class: 14,
    procName: "p",
    lineNumber: 3,
    message: "Violation of PRIMARY KEY",
  });
});

test("a transaction that the server has rolled back is known to be gone", async () => {
  const server = await startServer(({ kind }) =>
    kind === "query"
      ? { error: { number: 1205, message: "Deadlock victim", severity: 13, rollsBack: true } }
      : undefined,
  );
  const pool = await openPool(server);
  const transaction = pool.transaction();
  await transaction.begin();
  await expect(transaction.request().query("UPDATE …")).rejects.toMatchObject({ number: 1205 });
  await expect(transaction.commit()).rejects.toMatchObject({ code: "EABORT" });
});

test("a call that is cancelled or takes too long leaves the connection as good as new", async () => {
  const server = await startServer(({ sql: text }) => (text === "slow" ? "silence" : undefined));
  const pool = await openPool(server, { pool: { max: 1 } });
  const request = pool.request();
  const cancelled = request.query("slow");
  await expect.poll(() => server.calls.length).toBe(1);
  request.cancel();
  await expect(cancelled).rejects.toMatchObject({ code: "ECANCEL" });
  expect(server.calls[0]?.signal.aborted).toBe(true);
  const late = (pool as MssqlPool).request({ requestTimeout: 20 });
  await expect(late.query("slow")).rejects.toMatchObject({ code: "ETIMEOUT" });
  await pool.request().query("quick");
  expect(new Set(server.calls.map(({ connection }) => connection)).size).toBe(1);
});

test("a lost connection fails its call, and the pool makes another", async () => {
  const server = await startServer(({ sql: text }) => (text === "lost" ? "drop" : undefined));
  const pool = await openPool(server);
  await expect(pool.request().query("lost")).rejects.toMatchObject({ code: "ECONNRESET" });
  await pool.request().query("found");
  const [lost, found] = server.calls.map(({ connection }) => connection);
  expect(found).not.toBe(lost);
});

test("what the double cannot do is an error when it is closed, not a wrong answer", async () => {
  const server = await startTdsServer();
  const pool = await openPool(server);
  await expect(pool.request().execute("some_procedure")).rejects.toThrow();
  await expect(server.close()).rejects.toThrow("called for some_procedure");
});
