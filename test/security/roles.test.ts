import { testDatabase } from "@syncline/dev-postgres/vitest";
import { postgres, postgresRecorder } from "@syncline/postgres";
import pg from "pg";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { createRoles } from "../../packages/adapters/postgres/src/testing/roles.ts";
import { Downstream } from "../harness/downstream.ts";
import { collect, openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { asRow, order, ordersTo } from "../harness/shop-model.ts";
import { waitFor } from "../harness/wait-for.ts";

/** Each role of `sql/roles.sql` by itself, together a whole: none of them has more than the file grants. */
const url = await testDatabase();
const shop = await openShop(url);
const roles = await createRoles(shop, url);
afterAll(() => roles.drop());
const downstream = await Downstream.start();

async function as(role: Parameters<typeof roles.login>[0]): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: roles.login(role) });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

const keepingLog = () => {
  const warnings: { readonly fields: object; readonly message: string }[] = [];
  const quiet = () => {};
  const warn = (fields: object, message: string) => void warnings.push({ fields, message });
  return { warnings, log: { debug: quiet, info: quiet, warn, error: quiet } };
};

const asWorker = (query?: { connectionString: string }) =>
  postgres({ connectionString: roles.login("worker"), max: 4, wakeUp: { notify: true }, ...(query && { query }) });

it("migrates as the owner, works as the worker, reads as the reader, records as the recorder, edits as the editor", async () => {
  const migrating = await openPipeline(url, downstream, {
    database: postgres({ connectionString: roles.login("owner") }),
  });
  await migrating.stop();
  await roles.run("roles.sql");
  await roles.run("reading-login.sql");
  await shop.query(`GRANT SELECT ON orders, customers TO ${roles.names.reader}`);
  const { warnings, log } = keepingLog();
  const pipeline = await openPipeline(url, downstream, {
    database: asWorker({ connectionString: roles.login("reader") }),
    strategyTable: true,
    log,
  });
  const surplus = collect(pipeline, "surplusRights");
  const dead = collect(pipeline, "dead");
  const errors = collect(pipeline, "error");
  const [editor, recorder] = [await as("editor"), await as("recorder")];
  await editor.query("INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)", [...asRow(ordersTo("crm"))]);
  await pipeline.start();
  await shop.query("INSERT INTO orders (id, customer_id) VALUES (1, 1), (2, 1)");
  await recorder.query("BEGIN");
  await postgresRecorder().record(recorder, [order.changed({ orderId: 1n }) as never]);
  await recorder.query(`SELECT syncline.record_change('order', '{"orderId": 2}')`);
  await recorder.query("COMMIT");
  await waitFor("both orders", () => downstream.books.state("crm").size === 2);
  expect(await pipeline.reviewRights()).not.toContainEqual(expect.objectContaining({ severity: "danger" }));
  expect([surplus, dead, errors, warnings]).toEqual([[], [], [], []]);
  await pipeline.stop();
});

it.each<[string, () => ReturnType<typeof asWorker>, boolean, RegExp | undefined]>([
  ["Syncline's own login reads", () => asWorker(), true, /Syncline's own login/],
  ["a superuser reads", () => asWorker({ connectionString: url }), true, /superuser/],
  ["Syncline's own login reads strategies in code", () => asWorker(), false, undefined],
])("warns once at start, where strategies come from a table: %s", async (_, database, strategyTable, expected) => {
  const { warnings, log } = keepingLog();
  const pipeline = await openPipeline(url, downstream, { database: database(), strategyTable, log });
  const surplus = collect(pipeline, "surplusRights");
  await pipeline.start();
  // Stopping waits for what was asked at start, or ends it.
  if (expected !== undefined) await waitFor("the warning", () => surplus.length > 0);
  await pipeline.stop();
  expect(surplus.flatMap(({ rights }) => rights.slice(0, 1).map(({ message }) => message))).toEqual(
    expected === undefined ? [] : [expect.stringMatching(expected)],
  );
  expect(warnings).toHaveLength(expected === undefined ? 0 : 1);
  expect(pipeline.health().problems).toEqual([]);
});
