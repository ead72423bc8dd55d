import { inspect } from "node:util";
import type { QueryLimits } from "@syncline/core/spi";
import { describe, expect, test } from "vitest";
import { sqlServerDialect } from "../../dialect.ts";
import type { SqlServerOptions } from "../../options.ts";
import { replicaRefusal } from "../../sql/read-batch.ts";
import type { TdsCall, TdsResult } from "../tds/call.ts";
import { namesOf, never, wireSession } from "./wire-session.ts";

const limits: QueryLimits = { timeoutMs: 5_000, maxRows: 10, numbers: "string" };
const text = "SELECT o.id, o.total FROM dbo.orders AS o WHERE o.id = @p1";
const statement = { text, parameters: ["9223372036854775807"] };

function result(columns: { readonly [name: string]: string }, ...rows: TdsResult["rows"]) {
  return { results: [{ columns: Object.entries(columns).map(([name, type]) => ({ name, type })), rows }] };
}

test("a read is one round trip, in a snapshot that is always rolled back, its text a parameter", async () => {
  const { server, session } = await wireSession({ query: result({ id: "bigint" }, ["9223372036854775807"]) });
  expect(await session.queryRunner.run([statement], limits, never)).toEqual([
    { columns: ["id"], rows: [["9223372036854775807"]] },
  ]);
  expect(server.calls).toHaveLength(1);
  const [{ sql, parameters }] = server.calls as [TdsCall];
  expect(sql).toContain("SET TRANSACTION ISOLATION LEVEL SNAPSHOT");
  expect(sql).toContain("ROLLBACK TRANSACTION");
  // What waits behind a cut connection does not wait for ever, and a lock is told from a slow
  // query.
  expect(sql).toContain("SET LOCK_TIMEOUT 2500;");
  expect(sql).toContain("SET DEADLOCK_PRIORITY LOW;");
  expect(sql).not.toContain("COMMIT");
  expect(parameters).toEqual([
    { name: "s1", type: "nvarchar(max)", value: text },
    { name: "p1", type: "nvarchar(400)", value: "9223372036854775807" },
  ]);
});

describe("a statement of one key", () => {
  const alone = { ...statement, text: sqlServerDialect.attest(text) };
  const answer = (rows: TdsResult["rows"], ...counts: readonly number[]) => ({
    results: [
      ...result({ id: "bigint" }, ...rows).results,
      ...result({ "": "int" }, ...counts.map((count) => [count])).results,
    ],
  });

  test("is sent as it was written, and the server says how many rows there were", async () => {
    const { server, session } = await wireSession({ query: answer([["1"], ["2"]], 2) });
    const [read] = await session.queryRunner.run([alone], limits, never);
    const rows = [
      [0, 1, "1"],
      [0, 1, "2"],
    ];
    expect(read).toEqual({ columns: ["#", "?", "id"], rows });
    expect(server.calls[0]?.parameters[0]).toMatchObject({ value: text });
    expect(server.calls[0]?.sql).toContain("SELECT @@ROWCOUNT;");
  });

  test("that has no row says so", async () => {
    const { session } = await wireSession({ query: answer([], 0) });
    const [read] = await session.queryRunner.run([alone], limits, never);
    expect(read?.rows).toEqual([[0, null, null]]);
  });

  test.each([
    ["with fewer rows than the server has sent", answer([["1"]], 2)],
    ["with no rows and no number, as under FMTONLY", answer([])],
  ])("is not answered %s", async (_, given) => {
    const { session } = await wireSession({ query: given });
    await expect(session.queryRunner.run([alone], limits, never)).rejects.toMatchObject({ code: "query.unattested" });
  });

  test("stands beside statements of sets", async () => {
    const one = result({ "#": "int", "?": "int", id: "bigint" }, [0, null, null]).results;
    const { session } = await wireSession({ query: { results: [...one, ...answer([["7"]], 1).results, ...one] } });
    const read = await session.queryRunner.run([statement, alone, statement], limits, never);
    expect(read.map(({ rows }) => rows)).toEqual([[[0, null, null]], [[0, 1, "7"]], [[0, null, null]]]);
  });

  test("may be one that no other SELECT can take in", async () => {
    const { session } = await wireSession({ query: answer([["1"]], 1) });
    const written = sqlServerDialect.attest(
      "WITH a AS (SELECT 1 AS id) SELECT id FROM a ORDER BY id OPTION (RECOMPILE)",
    );
    const [read] = await session.queryRunner.run([{ text: written, parameters: [] }], limits, never);
    expect(read?.rows).toEqual([[0, 1, "1"]]);
  });
});

test("a connection of its own reads nothing where the database is a replica's", async () => {
  const error = { number: replicaRefusal, message: "The database of the query connection is read-only." };
  const { server, session } = await wireSession({ query: { error } }, {});
  const reading = await wireSession({}, { query: { config: server.config } });
  await expect(reading.session.queryRunner.run([statement], limits, never)).rejects.toMatchObject({
    code: "query.refused",
    message: expect.stringContaining("mayLag"),
  });
  expect(server.calls[0]?.sql).toContain("DATABASEPROPERTYEX(DB_NAME(), N'Updateability')");
  await session.queryRunner.run([statement], limits, never).catch(() => {});
  expect(server.calls[1]?.sql).not.toContain("Updateability");
});

test("several reads are one round trip, with one parameter for all their values", async () => {
  const one = result({ id: "bigint" }, ["1"]).results;
  const { server, session } = await wireSession({ query: { results: [...one, ...one, ...one] } });
  const statements = [1, 2, 3].map((value) => ({ text, parameters: [String(value)] }));
  expect(await session.queryRunner.run(statements, limits, never)).toHaveLength(3);
  expect(server.calls.map(({ parameters }) => parameters)).toEqual([
    [
      { name: "s1", type: "nvarchar(max)", value: text },
      { name: "values", type: "nvarchar(max)", value: '[["1"],["2"],["3"]]' },
    ],
  ]);
});

test.each([
  ["bigint", "9223372036854775807", "9223372036854775807"],
  ["int", -5, -5],
  ["bit", true, true],
  ["real", 0.1, 0.1],
  ["float", 0.1, 0.1],
  ["decimal(10,2)", "-1.50", "-1.50"],
  ["money", "1.2500", "1.2500"],
  ["nvarchar(max)", "ü😀", "ü😀"],
  ["uniqueidentifier", "0e984725-c51c-4bf4-9960-e1c80e27aba0", "0e984725-c51c-4bf4-9960-e1c80e27aba0"],
  ["varbinary(8)", Buffer.of(255, 0), "/wA="],
  ["date", "1899-12-31", "1899-12-31"],
  ["time(7)", "23:59:59.1234567", "23:59:59.1234567"],
  ["datetime2(7)", "2026-01-02T03:04:05.1234567", "2026-01-02T03:04:05.1234567"],
  ["datetimeoffset(3)", "2026-01-02T03:04:05.678+02:00", "2026-01-02T01:04:05.678Z"],
])("a value of %s travels without loss", async (type, written, travels) => {
  const { session } = await wireSession({ query: result({ value: type }, [written], [null]) });
  const [read] = await session.queryRunner.run([statement], limits, never);
  expect(read?.rows).toEqual([[travels], [null]]);
});

test("a decimal of which the driver would lose digits is read again, as a text", async () => {
  const digits = "12345678901234567890.123456789";
  const { server, session } = await wireSession({
    query: ({ parameters }) => {
      const asText = String(parameters[0]?.value).includes("CONVERT(varchar(50), [total])");
      return result({ id: "int", total: asText ? "varchar(50)" : "decimal(38,9)" }, [1, digits]);
    },
  });
  for (const _ of [1, 2]) {
    const [read] = await session.queryRunner.run([statement], limits, never);
    expect(read).toEqual({ columns: ["id", "total"], rows: [[1, digits]] });
  }
  expect(server.calls).toHaveLength(3);
});

test("more rows than allowed are an error, the request is cancelled, and the connection is as good as new", async () => {
  const rows = Array.from({ length: 20_000 }, (_, id) => [id]);
  const { server, session } = await wireSession({ query: result({ id: "int" }, ...rows) }, { max: 1 });
  await expect(session.queryRunner.run([statement], limits, never)).rejects.toMatchObject({ code: "query.row-limit" });
  expect(server.cancellations).toBe(1);
  const allowed = { ...limits, maxRows: 20_000 };
  const [read] = await session.queryRunner.run([statement], allowed, never);
  expect(read?.rows).toHaveLength(20_000);
  expect(new Set(server.calls.map(({ connection }) => connection)).size).toBe(1);
});

test("a read that takes too long is cancelled at the server", async () => {
  const { server, session } = await wireSession({ query: "silence" }, { max: 1 });
  const running = session.queryRunner.run([statement], { ...limits, timeoutMs: 30 }, never);
  await expect(running).rejects.toMatchObject({ code: "query.timeout" });
  expect(server.calls[0]?.signal.aborted).toBe(true);
  server.handle(() => result({ id: "int" }, [1]));
  expect(await session.queryRunner.run([statement], limits, never)).toMatchObject([{ rows: [[1]] }]);
  expect(new Set(server.calls.map(({ connection }) => connection)).size).toBe(1);
});

test("a read that is aborted is cancelled at the server, at once", async () => {
  const { server, session } = await wireSession({ query: "silence" });
  const controller = new AbortController();
  const running = session.queryRunner.run([statement], limits, controller.signal);
  await expect.poll(() => server.calls.length).toBe(1);
  controller.abort();
  await expect(running).rejects.toMatchObject({ code: "operation.aborted" });
  expect(server.calls[0]?.signal.aborted).toBe(true);
});

test("a read that is aborted beforehand asks nothing", async () => {
  const { server, session } = await wireSession();
  await expect(session.queryRunner.run([statement], limits, AbortSignal.abort())).rejects.toMatchObject({
    code: "operation.aborted",
  });
  expect(server.calls).toEqual([]);
});

test("a text that is no SELECT is refused, and asks nothing", async () => {
  const { server, session } = await wireSession();
  const writing = [{ text: "DELETE FROM dbo.orders", parameters: [] }];
  await expect(session.queryRunner.run(writing, limits, never)).rejects.toMatchObject({ code: "query.refused" });
  expect(namesOf(server)).toEqual([]);
});

test.each([
  [207, "Invalid column name 'totl'.", "query.invalid"],
  [208, "Invalid object name 'dbo.order'.", "query.invalid"],
  [102, "Incorrect syntax near ')'.", "query.invalid"],
  [229, "The SELECT permission was denied.", "query.invalid"],
  [468, "Cannot resolve the collation conflict.", "query.invalid"],
  [245, "Conversion failed when converting.", "query.data"],
  [8134, "Divide by zero error encountered.", "query.data"],
  [8115, "Arithmetic overflow error.", "query.data"],
  [3960, "Snapshot isolation transaction aborted.", "database.busy"],
  [1205, "Transaction was deadlocked.", "database.busy"],
  [3952, "Snapshot isolation transaction failed accessing database.", "database.failed"],
  [40613, "Database is not currently available.", "database.unavailable"],
  [99_999, "Something new.", "query.invalid"],
] as const)("error %i of the server is told apart: %s", async (number, message, code) => {
  const { session } = await wireSession({ query: { error: { number, message } } });
  await expect(session.queryRunner.run([statement], limits, never)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(`(error ${number}`),
  });
});

test("what the server says of a read that ran is kept only where asked for", async () => {
  const error = { number: 245, message: "Conversion failed when converting the varchar value 'IBAN DE89' to int." };
  const told = async (options: Partial<SqlServerOptions>) => {
    const { session } = await wireSession({ query: { error } }, options);
    return session.queryRunner
      .run([statement], limits, never)
      .catch((thrown: unknown) => inspect(thrown, { depth: 9 }));
  };
  expect(await told({})).toMatch(/error 245, a value does not convert/);
  expect(await told({})).not.toMatch(/IBAN|varchar value/);
  expect(await told({ query: { serverMessages: true } })).toContain("the varchar value 'IBAN DE89'");
});

test("an error after the first rows takes the rows with it", async () => {
  const error = { number: 8134, message: "Divide by zero error encountered." };
  const { session } = await wireSession({ query: { ...result({ id: "int" }, [1]), error } });
  await expect(session.queryRunner.run([statement], limits, never)).rejects.toMatchObject({ code: "query.data" });
});

test("a connection lost in a read is database.unavailable", async () => {
  const { session } = await wireSession({ query: "drop" });
  await expect(session.queryRunner.run([statement], limits, never)).rejects.toMatchObject({
    code: "database.unavailable",
    retryable: true,
  });
});
