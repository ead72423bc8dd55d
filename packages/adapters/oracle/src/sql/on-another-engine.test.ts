import { testDatabase } from "@syncline/dev-postgres/vitest";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonText } from "./backfill.ts";
import { isNextOfKey } from "./key-order.ts";
import { isOfFlood, isOfNoFlood } from "./take-changes.ts";
import { microsecondsSince1970 } from "./time.ts";

/**
 * Expressions that mean the same to PostgreSQL, which answers here: that the logic is right. That
 * Oracle evaluates them so is by its documentation.
 */
const place = { schema: undefined, prefix: "syncline_" };
let client: Client;

beforeAll(async () => {
  client = new Client({ connectionString: await testDatabase() });
  await client.connect();
  await client.query(`CREATE FUNCTION sys_extract_utc(timestamptz) RETURNS timestamp
    LANGUAGE sql IMMUTABLE AS $$ SELECT $1 AT TIME ZONE 'UTC' $$`);
});

afterAll(() => client.end());

describe("of one key's deliveries, a claim may take", () => {
  const at = (id: number, ordinal: number, more: object = {}) => ({
    id,
    ordinal,
    state: "pending",
    due: "past",
    ...more,
  });
  const alone = (id: number, more?: object) => at(id, id, more);
  const folding = (id: number, more?: object) => at(id, 0, more);
  const leased = { token: "t", due: "later" };
  const lapsed = { token: "t" };

  test.each([
    ["its only one", [folding(7)], [7]],
    ["the oldest of several", [alone(5), alone(7)], [5]],
    ["none behind one that is dead", [alone(5, { state: "dead" }), alone(7)], [5]],
    ["nothing that folds before what is older", [alone(5), folding(7)], [5]],
    ["nothing by itself before what folds and is older", [folding(5), alone(7)], [5]],
    ["what folds, past what has stopped at a dead letter", [alone(4, { state: "dead" }), alone(5), folding(7)], [4, 7]],
    ["nothing that folds behind what is held", [alone(5, { state: "held" }), folding(7)], [5]],
    ["none beside a lease of what folds", [alone(5), folding(7, leased)], []],
    ["none beside an older lease", [alone(5, leased), folding(7), alone(8)], []],
    ["the oldest beside a lease that has lapsed", [alone(5), folding(7, lapsed)], [5]],
    ["what folds before what is younger", [folding(5), alone(7), alone(8)], [5]],
  ])("%s", async (_, rows, next) => {
    const values = [
      ...rows.map((row) => ({ ...row, key: "k" })),
      ...[alone(1, leased), folding(2, leased)].map((row) => ({ ...row, key: "another" })),
    ];
    const { rows: found } = await client.query<{ id: number }>(
      `WITH syncline_delivery AS (
         SELECT r.id, r.ordinal, r.token, r.state, r.key, 's' AS strategy,
                TIMESTAMPTZ '2000-01-01Z' + CASE r.due WHEN 'later' THEN INTERVAL '1 day' ELSE INTERVAL '0' END AS due_at
           FROM json_to_recordset($1) AS r(id int, ordinal int, token text, state text, due text, key text))
       SELECT d.id FROM syncline_delivery d
        WHERE d.key = 'k' AND ${isNextOfKey(place, "TIMESTAMP '2000-01-01 12:00'")} ORDER BY d.id`,
      [JSON.stringify(values)],
    );
    // What is leased is not due, so a claim does not see it.
    expect(found.map(({ id }) => id).filter((id) => rows.some((row) => row.id === id && row.due === "past"))).toEqual(
      next,
    );
  });
});

test("revisions begin at the time in microseconds", async () => {
  const at = "2026-11-29 21:00:01.234567";
  const { rows } = await client.query<{ now: string }>(
    `SELECT (${microsecondsSince1970("a.age")})::bigint AS now
       FROM (SELECT TIMESTAMP '${at}' - TIMESTAMP '1970-01-01 00:00:00' AS age) a`,
  );
  expect(rows[0]?.now).toBe(`${Date.parse(`${at}Z`)}567`);
  expect(Date.parse("2255-06-01Z") * 1_000).toBeLessThan(Number.MAX_SAFE_INTEGER);
});

test.each(["plain", `"quoted" 'text'`, "back\\slash\\", "\t\n\r\b\f", "größe 🚲", 'a\\"b'])(
  "a text is escaped as JSON: %j",
  async (text) => {
    const { rows } = await client.query<{ json: string }>(`SELECT ${jsonText("$1::text")} AS json`, [text]);
    expect(JSON.parse(rows[0]?.json ?? "")).toBe(text);
  },
);

describe("of changes, a dispatch beside floods takes", () => {
  const changes = `(VALUES ('order', NULL), ('part', NULL), ('order', 'crm'), ('part', 'erp')) AS c(category, strategy)`;
  const taken = async (condition: string) => {
    const { rows } = await client.query(`SELECT c.category, c.strategy FROM ${changes} WHERE (${condition})`);
    return rows.map(({ category, strategy }) => (strategy === null ? category : `${category} for ${strategy}`));
  };

  test.each([
    [
      "what is of no category and no backfill that flood",
      isOfNoFlood("'order', '-'", "'erp', '-'"),
      ["part", "order for crm"],
    ],
    ["all, where nothing floods", isOfNoFlood("'-', '-'", "'-'"), ["order", "part", "order for crm", "part for erp"]],
    ["of a category that floods no backfill", isOfFlood("'order'", "NULL"), ["order"]],
    ["of a backfill that floods nothing else", isOfFlood("NULL", "'erp'"), ["part for erp"]],
  ])("%s", async (_, condition, expected) => {
    expect(await taken(condition)).toEqual(expected);
  });
});
