import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { files } from "@syncline/files";
import { afterAll, expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { collect, startPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { ordersTo } from "../harness/shop-model.ts";
import { count, isEmpty } from "../harness/tables.ts";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
const root = await mkdtemp(join(tmpdir(), "syncline-dictionary-"));
afterAll(() => rm(root, { recursive: true, force: true }));
await mkdir(join(root, "strategies"));
await mkdir(join(root, "categories"));

const pipeline = await startPipeline(url, downstream, {
  strategies: [ordersTo("in-code")],
  stores: [files(root, { pollMs: 100, settleMs: 50 })],
});
const invalid = collect(pipeline, "strategyInvalid");
await shop.query("CREATE TABLE part (sku text PRIMARY KEY, label text NOT NULL)");

/** As editors write. */
async function write(file: string, lines: readonly string[]) {
  await writeFile(join(root, `${file}.tmp`), `${lines.join("\n")}\n`);
  await rename(join(root, `${file}.tmp`), join(root, file));
}

const parts = [
  "name: parts",
  "category: part",
  "query: SELECT sku, label FROM part WHERE sku = :sku",
  "downstream: crm",
  "path: /parts",
  "whenAbsent: skip",
  "options: { envelope: true }",
];

/** A system that is not Node: rows, and nothing else. */
async function recordPart(sku: string, label = "x") {
  await shop.query("INSERT INTO part VALUES ($1, $2) ON CONFLICT (sku) DO UPDATE SET label = $2", [sku, label]);
  await shop.query(
    "INSERT INTO syncline.change (category, condition) VALUES ('part', json_build_object('sku', $1::text)::text)",
    [sku],
  );
}

it("delivers changes of a category that nobody knew when they were recorded, once files have it", async () => {
  await recordPart("A-1");
  await waitFor("it to be kept apart", async () => (await count(shop, "syncline.refused")) === 1);
  await write("strategies/parts.yaml", parts);
  await waitFor("the strategy to be told", () => invalid.some(({ name }) => name === "parts"));
  await write("categories/part.yaml", ["name: part", "fields: { sku: string }"]);
  await waitFor("it to be delivered", () => downstream.books.last("parts", { sku: "A-1" }));
  await recordPart("A-2");
  await waitFor("what comes later", () => downstream.books.last("parts", { sku: "A-2" }));
  expect(await pipeline.categories()).toMatchObject([
    { name: "customer", definedIn: "code" },
    { name: "order", definedIn: "code" },
    { name: "part", fields: { sku: "string" }, definedIn: join(root, "categories/part.yaml") },
  ]);
});

it("goes on by the file as it was while an editor has it wrong, and says where", async () => {
  await write("strategies/parts.yaml", [...parts, "batch: none"]);
  await waitFor("it to be told", () => invalid.some(({ kept }) => kept));
  await recordPart("B-1", "as before");
  await waitFor("a delivery", () => downstream.books.last("parts", { sku: "B-1" }));
  const at = `${join(root, "strategies/parts.yaml")}:8:1 (batch)`;
  expect(invalid.at(-1)?.problems[0]).toMatchObject({ at });
  expect(pipeline.health().problems.find(({ part }) => part === "strategy parts")?.message).toContain(at);
  await write("strategies/parts.yaml", parts);
  await waitFor("it to be well", () => pipeline.health().problems.every(({ part }) => part !== "strategy parts"));
  await waitFor("all to be settled", () => isEmpty(shop));
});
