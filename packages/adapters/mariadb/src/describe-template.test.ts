import { createQueryComposer } from "@syncline/core";
import type { CategoryFields } from "@syncline/core/spi";
import { testStrategy } from "@syncline/testkit/makers";
import { describe, expect, test } from "vitest";
import { mariadb } from "./adapter.ts";
import { testServer } from "./testing/server.ts";
import { connect, never, silent, uniqueName } from "./testing/session.ts";

const server = await testServer();

describe.skipIf(server === undefined)("templates as a live MariaDB compares their keys", async () => {
  if (server === undefined) return;
  const shop = uniqueName("shop");
  const admin = await connect(server);
  await admin.query(`CREATE DATABASE ${shop} CHARACTER SET utf8mb4`);
  await admin.query(`CREATE TABLE ${shop}.thing (
    i INT, big BIGINT UNSIGNED, zero INT(6) ZEROFILL, bits BIT(20), flag TINYINT(1), y YEAR,
    d DECIMAL(12, 4), f FLOAT, db DOUBLE,
    c CHAR(40) COLLATE utf8mb4_general_ci, cn CHAR(40) COLLATE utf8mb4_general_nopad_ci,
    v VARCHAR(40) COLLATE utf8mb4_general_ci, vb VARCHAR(40) COLLATE utf8mb4_bin, vn VARCHAR(40) COLLATE utf8mb4_nopad_bin,
    l VARCHAR(40) CHARACTER SET latin1, a VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin, t TEXT, j JSON,
    bin BINARY(16), vbin VARBINARY(40), blo BLOB, e ENUM('1', '2'), s SET('1', '2'),
    day DATE, at DATETIME(6), ts TIMESTAMP(6) NULL, clock TIME(6), ip INET6)`);
  await admin.query(`CREATE FUNCTION ${shop}.same(x VARCHAR(40)) RETURNS VARCHAR(40) DETERMINISTIC RETURN x`);
  const { dialect, ...adapter } = mariadb({ config: { ...server, database: shop }, max: 2 });
  const session = adapter.open({ log: silent });
  const composer = createQueryComposer(dialect);

  const described = async (fields: CategoryFields, query: string) => {
    const strategy = { ...testStrategy({ category: { name: "c", fields } }), query };
    expect(composer.check(strategy)).toEqual([]);
    const probe = composer.probe?.(strategy) ?? expect.fail("there is no probe");
    return await session.queryRunner.describe?.(probe, never);
  };
  const problemsOf = async (fields: CategoryFields, query: string) =>
    (await described(fields, query))?.problems.map(({ message }) => message);
  const where = (condition: string) => `SELECT :k AS k, x.i FROM thing AS x WHERE ${condition}`;

  const numbers = ["i", "big", "zero", "bits", "flag", "d"];
  test.each([
    ["integer", [...numbers, "y", "i + 1", "(SELECT max(i) FROM thing)", "CAST(v AS SIGNED)", "COUNT(*) OVER ()"]],
    ["bigint", [...numbers, "y"]],
    ["boolean", ["flag", "i", "bits", "(i = 1)"]],
    ["decimal", numbers],
    ["date", ["day", "CAST(at AS DATE)", "DATE(ts)"]],
    ["timestamp", ["ts"]],
    ["string", ["c", "cn", "v", "vb", "vn", "l", "a", "t", "e", "s", "JSON_VALUE(j, '$.a')", "UPPER(v)", "ip"]],
  ] as const)("a key of type %s is taken where it finds its row", async (type, expressions) => {
    for (const expression of expressions) {
      if (expression.includes("OVER")) continue;
      expect(await problemsOf({ k: type }, where(`${expression} = :k`)), expression).toEqual([]);
    }
  });

  const texts = ["c", "v", "vb", "vn", "l", "a", "t", "e", "s", "JSON_VALUE(j, '$.a')", "CONCAT(v, '')"];
  const bytes = ["bin", "vbin", "blo", "UNHEX(vb)"];
  const floats = ["f", "db", "i / 3e0"];
  const times = ["day", "at", "ts", "clock"];
  test.each([
    ["uuid", texts, /compared as text.*declare the field as "string".*CAST\(:k AS CHAR\)/],
    ["uuid", bytes, /compared as bytes.*UNHEX\(REPLACE\(:k/],
    ["uuid", [...numbers, ...times, "ip"], /declare the field as|convert it, as in CAST/],
    ["decimal", texts, /compared as text \(\w+\).*declare the field as "string"/],
    ["decimal", floats, /floating-point/],
    ["decimal", times, /declare the field as|convert it, as in CAST/],
    ["date", texts, /compared as text/],
    ["date", ["at", "ts"], /time of day.*made < :k \+ INTERVAL 1 DAY/],
    ["date", [...numbers, "clock"], /declare the field as|convert it, as in CAST/],
    ["timestamp", texts, /compared as text/],
    ["timestamp", ["at"], /no zone.*CAST\(:k AS DATETIME\(6\)\)/],
    ["timestamp", ["day", "clock", "i"], /declare the field as|convert it, as in CAST/],
    ["integer", texts, /compared as text/],
    ["bigint", [...floats], /floating-point/],
    ["bigint", [...bytes], /compared as bytes/],
    ["bigint", [...times, "ip"], /declare the field as|convert it, as in CAST/],
    ["boolean", [...texts, ...times], /compared as/],
    ["string", bytes, /compared as bytes.*CAST\(:k AS BINARY\)/],
    ["string", ["i", "big", "zero", "bits", "d", "y"], /declare the field as "(bigint|decimal)"/],
    ["string", floats, /floating-point/],
    ["string", times, /declare the field as|CAST\(:k AS time\)/],
  ] as const)(
    "a key of type %s is refused where a living row may not be found: %#",
    async (type, expressions, reason) => {
      for (const expression of expressions) {
        expect(await problemsOf({ k: type }, where(`${expression} = :k`)), expression).toEqual([
          expect.stringMatching(reason),
        ]);
      }
    },
  );

  test.each([
    "x.vb IN (:k, 'a')",
    "(x.i, x.vb) = (1, :k)",
    "x.vb <=> :k",
    "x.vb LIKE :k",
    "FIND_IN_SET(:k, x.vb)",
    "x.vb = UPPER(:k)",
    "x.vb = (SELECT :k)",
    "EXISTS (SELECT 1 FROM thing AS o WHERE o.vb = :k AND o.i = x.i)",
    "x.vb IN (SELECT q.k FROM (SELECT :k AS k UNION SELECT '1') AS q)",
    "CASE :k WHEN x.vb THEN 1 END",
    "NULLIF(x.vb, :k) IS NULL",
    "x.vb = REPLACE(:k, '-', '')",
    "x.ip = '::1' OR x.a = :k",
    // Here nobody can tell.
    "same(:k) = 'a'",
    ":k IS NULL",
  ])("a UUID is found out wherever it stands: %s", async (condition) => {
    expect(await problemsOf({ k: "uuid" }, where(condition))).toHaveLength(1);
    expect(await problemsOf({ k: "uuid" }, `WITH q AS (${where(condition)}) SELECT * FROM q`)).toHaveLength(1);
  });

  test.each([
    ["x.at IN (:k, '2024-01-01')", 1],
    ["x.ts <=> :k", 1],
    ["x.day = :k AND x.at = :k", 1],
    ["x.at >= :k AND x.at < :k + INTERVAL 1 DAY", 0],
    ["x.at BETWEEN :k AND :k + INTERVAL 1 DAY", 0],
    ["x.at = CAST(:k AS DATETIME)", 0],
  ])("a day beside a time: %s", async (condition, count) => {
    expect(await problemsOf({ k: "date" }, where(condition))).toHaveLength(count);
  });

  test("one sound comparison beside it does not excuse another", async () => {
    const query = "SELECT x.i FROM thing AS x JOIN thing AS o ON o.vb = :k WHERE x.i = :k";
    expect(await problemsOf({ k: "bigint" }, query)).toEqual([expect.stringMatching(/compared as text/)]);
    const sound = "SELECT x.i, :k + 1 AS next, :k IS NULL AS none FROM thing AS x WHERE x.i = :k AND x.v = :code";
    expect(await problemsOf({ k: "bigint", code: "string" }, sound)).toEqual([]);
  });

  test.each([
    ["uuid", "x.bin = UNHEX(REPLACE(:k, '-', ''))"],
    ["uuid", "x.vb = CAST(:k AS CHAR)"],
    ["uuid", "x.vb = UPPER(CONVERT(:k, CHAR(36)))"],
    ["timestamp", "x.at = CAST(:k AS DATETIME(6))"],
    ["timestamp", "x.at = CONVERT_TZ(:k, '+00:00', '+01:00')"],
    ["decimal", "x.vb = CAST(:k AS CHAR)"],
    ["string", "x.vbin = CAST(:k AS BINARY)"],
    ["string", "x.i = CAST(:k AS SIGNED)"],
  ] as const)("a %s that is converted in words is its author's: %s", async (type, condition) => {
    expect(await problemsOf({ k: type }, where(condition))).toEqual([]);
  });

  test("what is only selected is taken, and a decimal that would be cut is not", async () => {
    expect(await problemsOf({ k: "uuid" }, "SELECT :k AS k, POINT(1, 2) AS p")).toEqual([]);
    const long = { k: `0.${"0".repeat(30)}1` };
    const strategy = {
      ...testStrategy({ category: { name: "c", fields: { k: "decimal" } } }),
      query: "SELECT i FROM thing WHERE d = :k",
    };
    expect(() => composer.compose(strategy, [long])).toThrow(expect.objectContaining({ code: "query.data" }));
  });

  test("a zone by name is refused where the server knows none", async () => {
    const condition = "x.at = CONVERT_TZ(:k, '+00:00', 'Europe/Berlin')";
    expect(await problemsOf({ k: "timestamp" }, where(condition))).toEqual([
      expect.stringMatching(/mysql_tzinfo_to_sql/),
    ]);
  });

  test("texts that are equal to the column are one key", async () => {
    const equality = async (expression: string) =>
      (await described({ k: "string" }, where(`${expression} = :k`)))?.equality.k;
    expect(await equality("v")).toBe("padded");
    expect(await equality("vn")).toBe("exact");
    expect(await equality("cn")).toBe("padded");
    expect(await equality("ip")).toBe("inet");
  });

  test("a template that cannot be prepared says why, with its line, and in no other words", async () => {
    await expect(described({ k: "integer" }, where("nothing = :k"))).rejects.toMatchObject({
      code: "query.invalid",
      message: expect.stringMatching(/nothing/),
    });
  });

  test("the server's language does not matter", async () => {
    await admin.query("SET GLOBAL lc_messages = 'de_DE'");
    const german = adapter.open({ log: silent });
    try {
      const strategy = { ...testStrategy({ category: { name: "c", fields: { k: "uuid" } } }), query: where("vb = :k") };
      const probe = composer.probe?.(strategy) ?? expect.fail("there is no probe");
      expect((await german.queryRunner.describe?.(probe, never))?.problems).toHaveLength(1);
    } finally {
      await german.close();
      await admin.query("SET GLOBAL lc_messages = 'en_US'");
    }
  });
});
