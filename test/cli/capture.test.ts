import { category, createPipeline } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { postgres } from "@syncline/postgres";
import pg from "pg";
import { afterAll, expect, it } from "vitest";
import { commandLine } from "./syncline.ts";

const url = await testDatabase();
const pool = new pg.Pool({ connectionString: url, max: 2 });
afterAll(() => pool.end());
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const order = category("order", { id: "bigint" }, { table: "public.orders" });
const syncline = commandLine(() =>
  createPipeline({ database: postgres({ connectionString: url }), categories: [order], downstreams: {}, log: silent }),
);

it("tables are made once, and triggers installed, shown, found adrift and removed", async () => {
  await pool.query("CREATE TABLE orders (id bigint PRIMARY KEY, note text)");
  expect(await syncline("check")).toMatchObject({ exitCode: 1, out: expect.stringMatching(/^database: /) });
  expect(await syncline("migrate --check")).toMatchObject({ exitCode: 1, out: expect.stringContaining("migrate") });
  expect((await syncline("migrate")).out).toMatch(/^Applied: /);
  expect(await syncline("migrate --check")).toMatchObject({ exitCode: 0 });
  expect((await syncline("migrate")).out).toBe("The tables are up to date.");
  expect(await syncline("check")).toMatchObject({ exitCode: 0 });

  const before = await syncline("capture show order");
  expect(before).toMatchObject({ exitCode: 1, out: expect.stringMatching(/: absent$/m) });
  expect(before.out).toContain("CREATE");
  expect((await syncline("capture install order")).out).toMatch(/: installed$/m);
  await pool.query("INSERT INTO orders VALUES (1, 'a')");
  expect((await syncline("status")).out).toContain("Changes not yet dispatched: 1");
  expect((await syncline("doctor")).out).toMatch(/^ok {7}capture order: /m);

  await pool.query("ALTER TABLE orders DISABLE TRIGGER USER");
  const adrift = await syncline("doctor");
  expect(adrift).toMatchObject({ exitCode: 1, out: expect.stringMatching(/^error {4}capture order: /m) });
  expect(adrift.out).toContain("syncline capture install order");
  await syncline("capture install order");
  expect(await syncline("capture show order")).toMatchObject({ exitCode: 0 });
  expect((await syncline("capture remove order")).out).toMatch(/: absent$/m);
});
