import { category } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { beforeAll, describe, expect, test } from "vitest";
import { never, openPool, openSession } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const { backlog, migrate } = openSession({ connectionString: url });

beforeAll(() => migrate(never));

const backfill = (fields: Parameters<typeof category>[1], keys: string) =>
  backlog.backfill({ strategy: "crm", category: category("thing", fields), keys }, never);
const changes = async () => (await backlog.status(never)).changes;

describe("a backfill whose keys can be none is refused with their number, and records nothing", () => {
  test.each<[string, Parameters<typeof category>[1], string]>([
    ["infinite dates", { id: "date" }, "SELECT unnest('{infinity,-infinity,2026-01-01}'::date[]) AS id"],
    [
      "dates BC, and after 9999",
      { id: "date" },
      "SELECT unnest('{0044-03-15 BC,10000-01-01,2026-01-01}'::date[]) AS id",
    ],
    ["infinite times", { id: "timestamp" }, "SELECT unnest('{infinity,-infinity,2026-01-01}'::timestamptz[]) AS id"],
    ["infinite times without a zone", { id: "timestamp" }, "SELECT unnest('{infinity,-infinity}'::timestamp[]) AS id"],
    ["numerics that are none", { id: "decimal" }, "SELECT unnest('{NaN,Infinity,1.50}'::numeric[]) AS id"],
    ["floats that are none", { id: "decimal" }, "SELECT unnest('{NaN,-Infinity,1e300}'::float8[]) AS id"],
    ["integers beyond 2⁵³", { id: "integer" }, "SELECT unnest('{9007199254740992,-9007199254740992,7}'::int8[]) AS id"],
    [
      "numbers beyond 64 bits, and parts",
      { id: "bigint" },
      "SELECT unnest('{9223372036854775808,1.5,2.0}'::numeric[]) AS id",
    ],
    ["texts that are no numbers", { id: "bigint" }, "SELECT unnest('{x,y,007}'::text[]) AS id"],
    [
      "texts that are no UUIDs",
      { id: "uuid" },
      "SELECT unnest('{x,1,6F9619FF-8B86-D011-B42D-00C04FC964FF}'::text[]) AS id",
    ],
    ["texts that are no booleans", { id: "boolean" }, "SELECT unnest('{true,false}'::text[]) AS id"],
    ["long texts", { id: "string" }, "SELECT repeat('x', 500) || n AS id FROM generate_series(1, 2) AS n"],
    ["one field of two", { id: "bigint", at: "date" }, "SELECT 1 AS id, unnest('{infinity,-infinity}'::date[]) AS at"],
  ])("%s", async (_, fields, keys) => {
    const refused = { code: "query.data", message: expect.stringMatching(/^2 of the rows .* nothing was recorded/) };
    await expect(backfill(fields, keys)).rejects.toMatchObject(refused);
    expect(await changes()).toBe(0);
  });
});

test("all that can be a key is recorded, to the last day and digit", async () => {
  const fields = {
    a: "string",
    b: "integer",
    c: "bigint",
    d: "decimal",
    e: "boolean",
    f: "uuid",
    g: "date",
    h: "timestamp",
  } as const;
  const keys = `SELECT 'x' AS a, -9007199254740991 AS b, '-9223372036854775808'::int8 AS c, 1e-7::float8 AS d, true AS e,
      '{6F9619FF-8B86-D011-B42D-00C04FC964FF}' AS f, date '0001-01-01' AS g, timestamptz '9999-12-31 23:59:59.999999Z' AS h
    UNION ALL SELECT repeat('y', 200), 9007199254740991, 9223372036854775807, 1e300, false, gen_random_uuid()::text,
      date '9999-12-31', timestamptz '0001-01-01 00:00:00Z'`;
  expect(await backfill(fields, keys)).toBe(2);
  await pool.query("TRUNCATE syncline.change");
});
