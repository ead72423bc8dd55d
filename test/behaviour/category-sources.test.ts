import { category, createPipeline, strategy } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import { expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { startPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { isEmpty } from "../harness/tables.ts";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const shop = await openShop(url);
const item = category("item", { itemId: "bigint" }, { table: "public.item", columns: { itemId: "id" } });
const query = "SELECT id, name FROM item WHERE id = :itemId";
const items = strategy("items", {
  category: item,
  query,
  downstream: "crm",
  path: "/items",
  whenAbsent: "delete",
  options: { envelope: true },
});

it("rows that anybody changes come to a downstream, without a line of code that records", async () => {
  await shop.query("CREATE TABLE item (id bigint PRIMARY KEY, name text); INSERT INTO item VALUES (1, 'a'), (2, 'b')");
  const downstream = await Downstream.start();
  const pipeline = await startPipeline(url, downstream, { categories: [item], strategies: [items] });
  expect((await pipeline.capture.show("item")).state).toBe("absent");
  expect((await pipeline.capture.install("item")).state).toBe("installed");
  // What was there before is backfilled, without a query of the keys.
  expect(await pipeline.backfill("items")).toBe(2);
  await shop.query(
    "UPDATE item SET id = 100 WHERE id = 2; INSERT INTO item SELECT n, 'new' FROM generate_series(3, 50) AS n",
  );
  await shop.query("DELETE FROM item WHERE id BETWEEN 30 AND 60");
  await waitFor("all to be delivered", () => isEmpty(shop));
  const rows = (await shop.query("SELECT id::text, name FROM item ORDER BY item.id")).rows;
  const state = [...downstream.books.state("items").values()] as { id: string }[];
  expect(state.sort((a, b) => Number(a.id) - Number(b.id))).toEqual(rows);
  expect((await pipeline.capture.remove("item")).state).toBe("absent");
});

it("a source that is not as the database has it stops the start, by its place", async () => {
  const wrong = category("item", { itemId: "uuid" }, { table: "public.item", columns: { itemId: "id" } });
  const gone = category("gone", { id: "bigint" }, { table: "public.gone" });
  const pipeline = createPipeline({
    database: postgres({ connectionString: url }),
    categories: [wrong, gone],
    strategies: [],
    downstreams: { crm: http({ baseUrl: "http://127.0.0.1:1" }) },
  });
  await expect(pipeline.start()).rejects.toMatchObject({
    code: "category.invalid",
    problems: [
      { at: "categories.item.fields.itemId", message: expect.stringContaining('declare it as "bigint"') },
      { at: "categories.gone.source.table", message: "There is no table public.gone." },
    ],
  });
  await pipeline.stop();
});
