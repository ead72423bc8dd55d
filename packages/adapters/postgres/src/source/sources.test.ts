import { type CategoryFields, type CategorySource, category, type SourcedCategory } from "@syncline/core/spi";
import { expect, test } from "vitest";
import { capturing } from "../testing/capturing.ts";
import { never, openSession } from "../testing/session.ts";

const { url, pool, session, recorded } = await capturing();
const { sources, backlog } = session;

function sourced(fields: CategoryFields, source: CategorySource): SourcedCategory {
  return { ...category("thing", fields, source), source };
}

const check = (fields: CategoryFields, source: CategorySource) => sources?.check(sourced(fields, source), never);

test("what the catalog says of a source is told, with what to declare", async () => {
  await pool.query(`CREATE SCHEMA shop; CREATE TABLE shop.orders (id bigint PRIMARY KEY, "Code" varchar(9), at timestamp, owner int);
    CREATE VIEW shop.open AS SELECT * FROM shop.orders`);
  const columns = { orderId: "id" };
  expect(await check({ orderId: "bigint" }, { table: "shop.orders", columns })).toEqual([]);
  expect(await check({ orderId: "bigint", Code: "string" }, { table: "shop.open", columns })).toEqual([]);
  expect(await check({ orderId: "uuid", at: "timestamp", none: "string" }, { table: "shop.orders", columns })).toEqual([
    {
      at: "fields.orderId",
      message: expect.stringContaining('bigint, and the key field the type uuid: declare it as "bigint"'),
    },
    { at: "fields.at", message: expect.stringContaining('declare it as "string", since it has no zone') },
    { at: "source.columns.none", message: '"shop"."orders" has no column "none"; it has id, Code, at, owner.' },
  ]);
  expect(await check({ id: "bigint" }, { table: "shop.nothing" })).toEqual([
    { at: "source.table", message: "There is no table shop.nothing." },
  ]);
  expect(await check({ id: "bigint" }, { table: "orders" })).toEqual([
    { at: "source.table", message: expect.stringContaining("public.orders") },
  ]);
});

test("all keys are backfilled, each once, whatever the login's search path finds first", async () => {
  await pool.query(`INSERT INTO shop.orders SELECT n, 'c' || n, now(), n % 2 FROM generate_series(1, 4) AS n;
    CREATE TABLE public.orders (id bigint); INSERT INTO public.orders VALUES (99)`);
  const run = async (wanted: SourcedCategory) => {
    const keys = (await sources?.keys(wanted, never)) ?? "";
    const count = await backlog.backfill({ strategy: "crm", category: wanted, keys }, never);
    return [count, await recorded()];
  };
  expect(await run(sourced({ orderId: "bigint" }, { table: "shop.orders", columns: { orderId: "id" } }))).toEqual([
    4,
    [1, 2, 3, 4].map((id) => `upsert {"orderId": ${id}}`),
  ]);
  expect(await run(sourced({ owner: "integer" }, { table: "shop.orders" }))).toEqual([
    2,
    ['upsert {"owner": 0}', 'upsert {"owner": 1}'],
  ]);
  await expect(sources?.keys(sourced({ id: "uuid" }, { table: "shop.orders" }), never)).rejects.toMatchObject({
    code: "config.invalid",
    problems: [{ at: "fields.id" }],
  });
});

test("tables are listed as somebody chooses them, whatever they are called", async () => {
  await pool.query(`CREATE SCHEMA "Odd Shop"; CREATE DOMAIN "Odd Shop".number AS numeric(8,0);
    CREATE TABLE "Odd Shop"."Order ""Lines""" ("order" "Odd Shop".number, "No" int, spot point, ratio real, tags text[], PRIMARY KEY ("No", "order"));
    CREATE TABLE "Odd Shop".keyless (id bigint, at timestamp);
    CREATE TABLE "Odd Shop".by_unique (id bigint, code text NOT NULL UNIQUE, region text UNIQUE);
    CREATE TABLE "Odd Shop".parted (id bigint, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE "Odd Shop".part PARTITION OF "Odd Shop".parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE VIEW "Odd Shop".seen AS SELECT id FROM "Odd Shop".keyless`);
  const listed = (await sources?.tables?.(never))?.filter(({ table }) => table.startsWith('"Odd Shop".'));
  expect(listed?.map(({ table, kind, key }) => [table, kind, key])).toEqual([
    ['"Odd Shop"."Order ""Lines"""', "table", ["No", "order"]],
    ['"Odd Shop".by_unique', "table", ["code"]],
    ['"Odd Shop".keyless', "table", []],
    ['"Odd Shop".parted', "table", ["id", "day"]],
    ['"Odd Shop".seen', "view", []],
  ]);
  expect(listed?.[0]?.columns).toEqual([
    { name: "order", sql: '"order"', type: '"Odd Shop".number', field: "decimal" },
    { name: "No", sql: '"No"', type: "integer", field: "integer" },
    { name: "spot", sql: "spot", type: "point", field: "string" },
    { name: "ratio", sql: "ratio", type: "real", field: null },
    { name: "tags", sql: "tags", type: "text[]", field: null },
  ]);
  const own = (await sources?.tables?.(never))?.filter(({ table }) => /^(syncline|pg_catalog)\./.test(table));
  expect(own).toEqual([]);
});

test("a table that the login may not read is listed as such", async () => {
  await pool.query(`CREATE SCHEMA closed; CREATE TABLE closed.books (id int PRIMARY KEY); CREATE TABLE shop.papers (id int PRIMARY KEY);
    CREATE ROLE clerk LOGIN PASSWORD 'clerk'; GRANT USAGE ON SCHEMA shop TO clerk; GRANT SELECT ON shop.orders TO clerk`);
  const address = new URL(url);
  address.username = "clerk";
  address.password = "clerk";
  const listed = await openSession({ connectionString: address.href, max: 1 }).sources?.tables?.(never);
  const readable = Object.fromEntries(listed?.map((each) => [each.table, each.readable]) ?? []);
  expect(readable).toMatchObject({ "shop.orders": true, "shop.papers": false, "closed.books": false });
});
