import { category, strategy } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { postgres } from "@syncline/postgres";
import { afterAll, expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { collect, startPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { deliveries, isEmpty } from "../harness/tables.ts";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const shop = await openShop(url);
const reader = `reader_${new URL(url).pathname.slice(1)}`;
const item = category("item", { id: "bigint" });
afterAll(() => shop.query(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`));

it("living rows that row security hides are never told as deleted: their strategy is held until somebody has mended it", async () => {
  await shop.query(`
    CREATE ROLE ${reader} LOGIN PASSWORD '${reader}';
    CREATE TABLE item (id bigint PRIMARY KEY, tenant text);
    INSERT INTO item VALUES (1, 'a'), (2, 'b');
    ALTER TABLE item ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON item USING (tenant = current_setting('app.tenant', true));
    GRANT SELECT ON item TO ${reader}`);
  const login = new URL(url);
  login.username = login.password = reader;
  const downstream = await Downstream.start();
  const query = "SELECT id, tenant FROM item WHERE id = :id";
  const options = { envelope: true };
  const pipeline = await startPipeline(url, downstream, {
    database: postgres({ connectionString: url, query: { connectionString: login.href } }),
    categories: [item],
    strategies: [
      strategy("items", { category: item, query, downstream: "crm", path: "/items", whenAbsent: "delete", options }),
    ],
    tuning: { misconfiguredProbeMs: 50 },
  });
  const closed = collect(pipeline, "circuitOpened");
  await shop.query("SELECT syncline.record_change('item', jsonb_build_object('id', id)) FROM item");
  const [hold] = await waitFor("the lane to be held", () => closed.length > 0 && closed);
  expect(hold).toMatchObject({
    strategy: "items",
    failure: { kind: "misconfigured", code: "query.invalid", message: expect.stringMatching(/BYPASSRLS/) },
  });
  expect(downstream.calls).toEqual([]);
  expect(await deliveries(shop)).toMatchObject([
    { state: "pending", attempts: 0 },
    { state: "pending", attempts: 0 },
  ]);
  await shop.query(`ALTER ROLE ${reader} BYPASSRLS`);
  await waitFor("what was held to be delivered", () => isEmpty(shop));
  expect([...downstream.books.state("items").values()]).toEqual([
    { id: "1", tenant: "a" },
    { id: "2", tenant: "b" },
  ]);
});
