import { createQueryComposer } from "@syncline/core";
import type { QueryLimits } from "@syncline/core/spi";
import { testStrategy } from "@syncline/testkit/makers";
import { createConnection } from "mariadb";
import { afterAll, describe, expect, test } from "vitest";
import { mariadb } from "./adapter.ts";
import { testServer } from "./testing/server.ts";
import { never, silent } from "./testing/session.ts";

const server = await testServer();
const limits = { timeoutMs: 30_000, maxRows: 100, numbers: "string" } as const;

describe.skipIf(server === undefined)("reads on a live MariaDB", () => {
  if (server === undefined) return;
  const { dialect, ...adapter } = mariadb({ config: { ...server }, max: 2 });
  const session = adapter.open({ log: silent });
  const composer = createQueryComposer(dialect);
  afterAll(() => session.close());
  const run = async (text: string, given: Partial<QueryLimits> = {}) =>
    (await session.queryRunner.run([{ text, parameters: [] }], { ...limits, ...given }, never))[0];

  test("each type comes out as it is, and no digit is lost", async () => {
    const text = `SELECT 18446744073709551615, CAST('12345678901234567890.50' AS DECIMAL(30, 2)), CAST(0.1 AS FLOAT), 1e300,
      b'101', x'ff00', TIMESTAMP'2024-01-02 03:04:05.5', DATE'2024-02-29', JSON_OBJECT('n', 12345678901234567890),
      ST_GeomFromText('POINT(1 2)'), NULL, 1 = 1, 'größe 🚲', ''`;
    const [row] = (await run(text))?.rows ?? [];
    expect(row).toEqual([
      ...["18446744073709551615", "12345678901234567890.50", 0.1, 1e300, "BQ==", "/wA="],
      ...["2024-01-02T03:04:05.5", "2024-02-29", { n: "12345678901234567890" }, { type: "Point", coordinates: [1, 2] }],
      ...[null, 1, "größe 🚲", ""],
    ]);
    await expect(run("SELECT 18446744073709551615", { numbers: "number" })).rejects.toMatchObject({
      code: "query.data",
    });
  });

  test("rows keep the order that the query gives them, also below the limit of rows", async () => {
    const rows = (await run("SELECT seq FROM mysql.seq_1_to_50 ORDER BY seq DESC", { maxRows: 50 }))?.rows ?? [];
    expect(rows.map(([seq]) => Number(seq))).toEqual(Array.from({ length: 50 }, (_, index) => 50 - index));
  });

  test.each([
    ["with a limit of its own", "SELECT seq FROM mysql.seq_1_to_1000000 LIMIT 1000000"],
    ["that begins with WITH", "WITH many AS (SELECT seq FROM mysql.seq_1_to_1000000) SELECT seq FROM many"],
  ])("a query %s yields no more than it may", async (_, text) => {
    await expect(run(text)).rejects.toMatchObject({ code: "query.row-limit" });
  });

  test.each([
    ["by its whole expression", `SELECT d.* FROM (SELECT CONCAT('${"y".repeat(300)}', 1)) AS d`],
    [
      "between backticks",
      `SELECT d.\`${"x".repeat(255)}\` AS a FROM (SELECT 1 AS \`${"x".repeat(255)}\` LIMIT 1) AS d`,
    ],
  ])("a column that is called %s is refused before the driver misreads it", async (_, text) => {
    await expect(run(text)).rejects.toMatchObject({ code: "query.invalid" });
    expect((await run("SELECT 1"))?.rows).toEqual([[1]]);
  });

  test("a text in a template means the same whatever the server's sql_mode is", async () => {
    const query = `SELECT 'it\\'s :id' AS "a", "say :id" AS b, 5--1 AS c # :id\n FROM DUAL WHERE :id = :id -- :id`;
    const strategy = { ...testStrategy({ category: { name: "c", fields: { id: "integer" } } }), query };
    expect(composer.check(strategy)).toEqual([]);
    const { statements } = composer.compose(strategy, [{ id: 1 }, { id: 2 }]);
    const [result] = await session.queryRunner.run(statements, limits, never);
    expect(result?.rows.map((row) => row.slice(2))).toEqual([
      ["it's :id", "say :id", 6],
      ["it's :id", "say :id", 6],
    ]);
  });

  test("what is aborted ends at the server, too", async () => {
    const abort = new AbortController();
    const mark = `slow_${process.pid}_${Date.now()}`;
    const reading = session.queryRunner.run(
      [{ text: `SELECT SLEEP(60), '${mark}'`, parameters: [] }],
      limits,
      abort.signal,
    );
    reading.catch(() => {});
    const watching = await createConnection({ ...server });
    const running = async () =>
      (
        await watching.query(
          "SELECT 1 FROM information_schema.processlist WHERE info LIKE ? AND info NOT LIKE '%processlist%'",
          [`%${mark}%`],
        )
      ).length;
    await expect.poll(running, { timeout: 30_000 }).toBe(1);
    abort.abort();
    await expect(reading).rejects.toMatchObject({ code: "operation.aborted" });
    await expect.poll(running, { timeout: 30_000 }).toBe(0);
    await watching.end();
  });

  test("an error of a read that ran keeps no value of it", async () => {
    const reading = run("SELECT (SELECT seq FROM mysql.seq_1_to_2), 'canary_7'");
    await expect(reading).rejects.toMatchObject({ code: "query.data", message: expect.stringMatching(/error 1242/) });
    await expect(reading).rejects.not.toThrow(/canary_7/);
  });
});
