import { createQueryComposer } from "@syncline/core";
import { createDatabase } from "@syncline/dev-postgres";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { testStrategy } from "@syncline/testkit/makers";
import { expect, test } from "vitest";
import { postgres } from "./adapter.ts";
import { never, openPool, openSession } from "./testing/session.ts";

const url = await createDatabase(await testDatabase());
const pool = openPool(url, 1);
await pool.query(`CREATE TABLE made (id int, day date, at timestamp, zoned timestamptz);
  INSERT INTO made VALUES (1, '2024-02-29', '2024-02-29 15:30', '2024-02-29 15:30+00')`);
const { queryRunner } = openSession({ connectionString: url });
const composer = createQueryComposer(postgres({ connectionString: url }).dialect);

async function described(condition: string) {
  const category = { name: "c", fields: { day: "date", id: "integer" } } as const;
  const strategy = { ...testStrategy({ category }), query: `SELECT m.id FROM made AS m WHERE ${condition}` };
  expect(composer.check(strategy)).toEqual([]);
  const probe = composer.probe?.(strategy) ?? expect.fail("there is no probe");
  const description = (await queryRunner.describe?.(probe, never)) ?? expect.fail("nothing is described");
  const limits = { timeoutMs: 10_000, maxRows: 10, numbers: "string" } as const;
  const rows = async (form: "joined" | "each") => {
    const { statements } = composer.compose(strategy, [{ day: "2024-02-29", id: 1 }], { form, description });
    return (await queryRunner.run(statements, limits, never))[0]?.rows ?? [];
  };
  return { messages: description.problems.map(({ message }) => message), rows };
}

test.each([
  ["m.at = :day", "timestamp"],
  ["m.zoned = :day", "timestamptz"],
  ["m.id = :id AND (:day) = m.at", "timestamp"],
  ["m.at IN (:day)", "timestamp"],
  ["m.day = :day AND m.at = :day", "timestamp"],
])("a day that would be midnight of it is refused, with what finds all of it: %s", async (condition, type) => {
  const { messages } = await described(condition);
  expect(messages).toEqual([
    expect.stringMatching(`^:day is a day and is compared with a ${type}, .*made >= :day AND made < :day \\+ 1`),
  ]);
});

test.each([
  "m.day = :day AND m.id = :id",
  "m.at::date = :day",
  "m.at >= :day AND m.at < :day + 1",
  "m.at BETWEEN :day AND :day + 1",
  "m.zoned >= :day AND m.zoned < :day + 1",
])("what finds all rows of a day is taken: %s", async (condition) => {
  const { messages, rows } = await described(condition);
  expect(messages).toEqual([]);
  for (const form of ["joined", "each"] as const)
    expect(
      (await rows(form)).map((row) => row[2]),
      form,
    ).toEqual([1]);
});

test.each(["m.at = :day::timestamp", "m.at = CAST(:day AS timestamp)"])(
  "who says in words that midnight is meant is taken at their word: %s",
  async (condition) => {
    expect((await described(condition)).messages).toEqual([]);
  },
);
