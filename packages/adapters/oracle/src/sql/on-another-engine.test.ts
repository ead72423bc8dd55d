import { testDatabase } from "@syncline/dev-postgres/vitest";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonText } from "./backfill.ts";
import { noOtherOfKey } from "./claim-due.ts";
import { microsecondsSince1970 } from "./time.ts";

/**
 * Expressions that mean the same to PostgreSQL, which answers here: that the logic is right. That Oracle evaluates them so is
 * by its documentation.
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
  const pending = { token: null, due: "2000-01-01Z" };
  const leased = { token: "t", due: "2000-01-02Z" };
  const lapsed = { token: "t", due: "2000-01-01Z" };
  const now = "2000-01-01 12:00";

  test.each([
    ["its only one", [{ id: 7, ordinal: 0, ...pending }], [7]],
    [
      "the oldest of several",
      [
        { id: 5, ordinal: 5, ...pending },
        { id: 7, ordinal: 7, ...pending },
      ],
      [5],
    ],
    [
      "no coalesced one that is younger than one of another mode",
      [
        { id: 5, ordinal: 5, ...pending },
        { id: 7, ordinal: 0, ...pending },
      ],
      [5],
    ],
    [
      "no other one that is younger than a coalesced one",
      [
        { id: 5, ordinal: 0, ...pending },
        { id: 7, ordinal: 7, ...pending },
      ],
      [5],
    ],
    [
      "none beside a lease",
      [
        { id: 5, ordinal: 5, ...pending },
        { id: 7, ordinal: 0, ...leased },
      ],
      // The leased one itself is not due; what is asked here is about the others.
      [],
    ],
    [
      "the oldest beside a lease that has lapsed",
      [
        { id: 5, ordinal: 5, ...pending },
        { id: 7, ordinal: 0, ...lapsed },
      ],
      [5],
    ],
  ])("%s", async (_, rows, claimable) => {
    const values = [
      ...rows.map(({ id, ordinal, token, due }) => ({ id, ordinal, token, due, key: "k" })),
      { id: 1, ordinal: 0, token: "t", due: leased.due, key: "another" },
    ];
    const { rows: found } = await client.query<{ id: number }>(
      `WITH syncline_delivery AS (
         SELECT r.id, r.ordinal, r.token, r.due::timestamptz AS due_at, r.key, 's' AS strategy
           FROM json_to_recordset($1) AS r(id int, ordinal int, token text, due text, key text))
       SELECT d.id FROM syncline_delivery d
        WHERE d.key = 'k' AND ${noOtherOfKey(place, `TIMESTAMP '${now}'`)}`,
      [JSON.stringify(values)],
    );
    expect(found.map(({ id }) => id)).toEqual(claimable);
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
