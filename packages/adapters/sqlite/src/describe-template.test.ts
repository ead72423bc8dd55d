import { createQueryComposer } from "@syncline/core";
import type { CategoryFields, ConditionValue } from "@syncline/core/spi";
import { testStrategy } from "@syncline/testkit/makers";
import { beforeEach, expect, test } from "vitest";
import { sqliteDialect } from "./dialect.ts";
import { never, shopFile } from "./testing/shop-file.ts";

const shop = shopFile();
const composer = createQueryComposer(sqliteDialect);
beforeEach(() => {
  shop.application.exec(`CREATE TABLE item (i INTEGER, t TEXT, nc TEXT COLLATE NOCASE, n NUMERIC, r REAL, plain, j TEXT, b BLOB);
    INSERT INTO item VALUES (7, '007', 'Abc', 7, 7.0, '7', '{"n": 7, "s": "7"}', x'a0eebc999c0b4ef8bb6d6bb9bd380a11')`);
});

const strategyOf = (fields: CategoryFields, query: string) => {
  const strategy = { ...testStrategy({ category: { name: "c", fields } }), query };
  expect(composer.check(strategy)).toEqual([]);
  return strategy;
};
const problemsOf = async (fields: CategoryFields, query: string) => {
  const probe = composer.probe?.(strategyOf(fields, query)) ?? expect.fail("there is no probe");
  const description = await shop.session.queryRunner.describe?.(probe, never);
  return description?.problems.map(({ message }) => message);
};
const where = (condition: string) => `SELECT :k AS k, x.i FROM item AS x WHERE ${condition}`;

test.each([
  ["integer", 7, ["i", "t", "n", "r", "plain", "j ->> 'n'", "j ->> 's'", "lower(t)", "t || ''"]],
  ["bigint", "7", ["i", "t", "n", "r", "plain", "j ->> 'n'", "j ->> 's'"]],
  ["string", "7", ["i", "n", "plain", "j ->> 'n'", "j ->> 's'", "ltrim(t, '0')"]],
  ["string", "007", ["t"]],
  ["string", "aBC", ["nc"]],
] as const)("a key of type %s, %j, finds its row however that is kept", async (type, key: ConditionValue, columns) => {
  for (const column of columns) {
    for (const form of ["joined", "each"] as const) {
      const strategy = strategyOf({ k: type }, `SELECT x.i FROM item AS x WHERE ${column} = :k`);
      const { statements } = composer.compose(strategy, [{ k: key }], { form });
      const limits = { timeoutMs: 30_000, maxRows: 100, numbers: "string" } as const;
      const [read] = await shop.session.queryRunner.run(statements, limits, never);
      expect(
        read?.rows.map((row) => row[2]),
        `${column}, ${form}`,
      ).toEqual(["7"]);
    }
  }
});

test.each([
  "t = :k",
  "lower(t) = lower(:k)",
  "t IN ('a', :k)",
  "(i, t) = (1, :k)",
  "EXISTS (SELECT 1 FROM item AS o WHERE o.t = :k)",
  "t = (SELECT :k AS k)",
  "t LIKE :k",
  "instr(t, :k)",
  "t = coalesce(:k, '')",
  "t = replace(:k, '-', '')",
  "t = /* CAST( */ :k",
  "t = 'date(' || :k",
])("a UUID, a decimal or a time is refused where it is compared as it is spelled: %s", async (condition) => {
  for (const type of ["uuid", "decimal", "date", "timestamp"] as const)
    expect(await problemsOf({ k: type }, where(condition)), type).toEqual([
      expect.stringMatching(new RegExp(`:k has the type ${type}.*taken for deleted.*"string".*\\(:k`)),
    ]);
  expect(await problemsOf({ k: "string" }, where(condition))).toEqual([]);
});

test.each([
  ["uuid", "lower(t) = CAST(:k AS TEXT)"],
  ["uuid", "b = unhex(replace(:k, '-', ''))"],
  ["decimal", "t = CAST( :k AS NUMERIC)"],
  ["date", "date(t) = date(:k)"],
  ["timestamp", "unixepoch(t, 'subsec') = unixepoch(:k, 'subsec')"],
] as const)("a %s that is converted in words is its author's: %s", async (type, condition) => {
  expect(await problemsOf({ k: type }, where(condition))).toEqual([]);
});

test("what is selected within is not the answer's own column", async () => {
  expect(await problemsOf({ k: "uuid" }, "SELECT :k AS k")).toEqual([]);
  const within = "WITH q AS (SELECT :k AS k) SELECT x.i FROM item AS x JOIN q ON x.t = q.k";
  expect(await problemsOf({ k: "uuid" }, within)).toHaveLength(1);
});

test("a template that SQLite does not take says why", async () => {
  await expect(problemsOf({ k: "integer" }, where("nothing = :k"))).rejects.toMatchObject({
    code: "query.invalid",
    message: expect.stringMatching(/nothing/),
  });
});
