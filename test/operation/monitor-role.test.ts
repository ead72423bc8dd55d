import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createPipeline } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { postgres } from "@syncline/postgres";
import pg from "pg";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { categories } from "../harness/shop-model.ts";

const operations = readFileSync(join(import.meta.dirname, "../../docs/operations.md"), "utf8");
/** As the documentation has it. */
const [grants = ""] = /CREATE ROLE syncline_monitor;[^`]*/.exec(operations) ?? [];

const url = await testDatabase();
const shop = await openShop(url);
const role = `monitor_${new URL(url).pathname.slice(1)}`;
afterAll(() => shop.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`));

it("whoever may only look sees what waits, dead letters and why, and can change nothing", async () => {
  const working = await openPipeline(url, undefined, {});
  await working.stop();
  await shop.query(grants.replaceAll("syncline_monitor", role));
  await shop.query(`ALTER ROLE ${role} LOGIN PASSWORD 'secret'`);
  const login = new URL(url);
  login.username = role;
  login.password = "secret";
  await shop.query(`INSERT INTO syncline.change (category, condition) VALUES ('order', '{"orderId": 1}')`);

  const looking = await openMonitor(login.href);
  expect(await looking.status()).toMatchObject({ changes: 1, refused: 0 });
  expect(await looking.deadLetters.list()).toMatchObject({ items: [] });
  const client = new pg.Client({ connectionString: login.href });
  await client.connect();
  onTestFinished(() => client.end());
  for (const statement of ["DELETE FROM syncline.delivery", "INSERT INTO syncline.pause VALUES ('crm')"])
    await expect(client.query(statement)).rejects.toThrow("permission denied");
});

/** The tables are the owner's to make. */
async function openMonitor(connectionString: string) {
  const pipeline = createPipeline({
    database: postgres({ connectionString, max: 1 }),
    categories,
    downstreams: {},
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  afterAll(() => pipeline.stop({ timeoutMs: 0 }));
  return pipeline;
}
