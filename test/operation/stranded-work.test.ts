import { strategy } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { afterEach, beforeEach, expect, it } from "vitest";
import { accept, Downstream } from "../harness/downstream.ts";
import { collect, openPipeline, type TestPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { asRow, customer, orderKey, ordersTo } from "../harness/shop-model.ts";
import { deliveries, isEmpty } from "../harness/tables.ts";
import { saveOrder, saveOrders } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
const recording = await openPipeline(url, undefined, {});
const away = () => ({ status: 503 });

const opened = new Set<TestPipeline>();

async function open(options: Parameters<typeof openPipeline>[2]): Promise<TestPipeline> {
  const pipeline = await openPipeline(url, downstream, options);
  opened.add(pipeline);
  return pipeline;
}

async function start(options: Parameters<typeof openPipeline>[2]): Promise<TestPipeline> {
  const pipeline = await open(options);
  await pipeline.start();
  return pipeline;
}

afterEach(async () => {
  await Promise.all([...opened].map((pipeline) => pipeline.stop({ timeoutMs: 500 })));
  opened.clear();
});

beforeEach(async () => {
  downstream.behave = accept;
  await shop.query("TRUNCATE orders");
  await shop.query("TRUNCATE syncline.delivery, syncline.change, syncline.worker, syncline.strategy, syncline.pause");
});

/**
 * What a worker of the strategy `name` leaves behind: orders from `from` to `to`, and one dead
 * letter before them.
 */
async function leaveBehind(name: string, from: number, to: number): Promise<void> {
  const former = await start({ strategies: [ordersTo(name)] });
  downstream.behave = () => ({ status: 422 });
  await saveOrder(shop, recording, from, { note: "bad" });
  await waitFor("the dead letter", async () => (await former.deadLetters.list()).items.length === 1);
  downstream.behave = away;
  await saveOrders(shop, recording, from + 1, to);
  await waitFor("the rest to be written", async () => (await deliveries(shop)).length === to - from + 1);
  await former.stop();
  downstream.behave = accept;
}

const problemsOf = (pipeline: TestPipeline) => pipeline.health().problems.map(({ part, code }) => `${part} ${code}`);

it("a renamed strategy's backlog is named by the start, health and status, and moved into what the new one has", async () => {
  await leaveBehind("crm", 1, 5);
  const lines: string[] = [];
  const log = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (_: object, line?: string) => void lines.push(line ?? ""),
  };
  const next = await open({ strategies: [ordersTo("crm-orders")], log });
  const told = collect(next, "stranded");
  const cleared = collect(next, "strandedCleared");
  await next.start();
  expect(told).toMatchObject([{ strategies: [{ strategy: "crm", pending: 4, dead: 1, held: 0 }] }]);
  expect(lines).toEqual([
    expect.stringMatching(/strategy "crm".* 4 waiting, 1 dead, the oldest for \d+ s.*stranded\.move/),
  ]);
  expect(next.health().problems).toMatchObject([
    { part: "strategy crm", code: "strategy.stranded", message: expect.stringContaining("4 waiting, 1 dead") },
  ]);
  await waitFor("it to be ready", () => next.health().ready);
  expect((await next.status()).strategies).toMatchObject([{ strategy: "crm", dead: 1, stranded: true }]);
  expect(await next.stranded.list()).toMatchObject([{ strategy: "crm", oldestAgeMs: expect.any(Number) }]);

  // The newest state is what goes out, whatever was recorded when.
  await saveOrder(shop, recording, 2, { note: "newest" });
  await next.pause("crm-orders");
  await saveOrder(shop, recording, 3, { note: "newest" });
  expect(await next.stranded.move("crm", { to: "crm-orders" })).toBe(5);
  await waitFor("the moved ones to be folded", async () => (await next.status()).changes === 0);
  expect(problemsOf(next)).toEqual([]);
  expect(cleared).toEqual([{ strategies: ["crm"] }]);
  await next.resume("crm-orders");
  await waitFor("all to be delivered", () => isEmpty(shop));
  expect([...downstream.books.state("crm-orders").keys()]).toHaveLength(5);
  expect(downstream.books.last("crm-orders", orderKey(2))?.body?.note).toBe("newest");
  expect(downstream.books.last("crm-orders", orderKey(3))?.body?.note).toBe("newest");
  expect((await next.status()).strategies).toEqual([]);
  await next.stop();
});

it("a removed strategy's backlog can be discarded, what is held only where it is asked for", async () => {
  await leaveBehind("gone", 1, 3);
  await shop.query("UPDATE syncline.delivery SET state = 'held' WHERE key = $1", [`{"orderId":"2"}`]);
  await shop.query("INSERT INTO syncline.pause (strategy) VALUES ('gone')");
  const next = await start({ strategies: [ordersTo("crm-orders")] });
  expect(await next.stranded.discard("gone")).toBe(2);
  expect((await next.status()).strategies).toMatchObject([
    { strategy: "gone", held: 1, paused: false, stranded: true },
  ]);
  expect(await next.stranded.discard("gone", { held: true })).toBe(1);
  expect((await next.status()).strategies).toEqual([]);
  expect(await next.stranded.discard("gone")).toBe(0);
  await next.stop();
});

it("a strategy that another worker has is never told as stranded, and not touched, until that worker has gone", async () => {
  downstream.behave = away;
  const others = await start({ strategies: [ordersTo("theirs")] });
  await saveOrder(shop, recording, 1);
  await waitFor("the delivery", async () => (await deliveries(shop)).length === 1);
  const own = await open({ strategies: [ordersTo("ours")] });
  const told = collect(own, "stranded");
  await own.start();
  expect(told).toEqual([]);
  expect(problemsOf(own).filter((problem) => problem.includes("stranded"))).toEqual([]);
  expect(await own.stranded.list()).toEqual([]);
  expect((await own.status()).strategies.filter(({ stranded }) => stranded)).toEqual([]);
  for (const call of [() => own.stranded.discard("theirs"), () => own.stranded.move("theirs", { to: "ours" })])
    await expect(call()).rejects.toMatchObject({ code: "strategy.running" });
  await expect(own.stranded.discard("ours")).rejects.toMatchObject({ code: "strategy.running" });
  await others.stop();
  expect(await own.stranded.list()).toMatchObject([{ strategy: "theirs" }]);
  expect(await own.stranded.discard("theirs")).toBe(1);
  await own.stop();
});

it("a worker that was killed counts until its word has lapsed", async () => {
  await leaveBehind("killed", 1, 2);
  await shop.query(`INSERT INTO syncline.worker (id, part, strategies, attends_until)
    VALUES (gen_random_uuid(), 1, '["killed"]', now() + interval '35 s')`);
  const next = await start({ strategies: [ordersTo("crm-orders")] });
  expect(problemsOf(next)).toEqual([]);
  await shop.query(
    "UPDATE syncline.worker SET attends_until = now() - interval '1 s' WHERE strategies LIKE '%killed%'",
  );
  expect((await next.status()).strategies).toMatchObject([{ strategy: "killed", stranded: true }]);
  await next.stop();
});

it("a strategy whose row is invalid is known, and a row that is deleted is told at once", async () => {
  downstream.behave = away;
  const [name, definition] = asRow(ordersTo("row"));
  await shop.query("INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)", [name, definition]);
  const pipeline = await start({ strategyTable: true });
  await saveOrder(shop, recording, 1);
  await waitFor("the delivery", async () => (await deliveries(shop)).length === 1);
  const invalid = collect(pipeline, "strategyInvalid");
  await shop.query(`UPDATE syncline.strategy SET definition = definition || '{"batch": 0}'`);
  await saveOrder(shop, recording, 2);
  await waitFor("the row to be found invalid", () => invalid.length > 0);
  expect((await pipeline.status()).strategies.map(({ stranded }) => stranded)).toEqual([undefined]);
  await expect(pipeline.stranded.discard("row")).rejects.toMatchObject({ code: "strategy.running" });
  const told = collect(pipeline, "stranded");
  await shop.query("DELETE FROM syncline.strategy");
  await saveOrder(shop, recording, 3);
  await waitFor("the row's backlog to be told", () => told.length > 0);
  expect(problemsOf(pipeline)).toContain("strategy row strategy.stranded");
  await pipeline.stop();
});

it("a strategy whose row is disabled keeps its keys, delivers nothing, and goes on once it is enabled", async () => {
  for (const each of [ordersTo("off"), ordersTo("on")])
    await shop.query("INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)", asRow(each));
  await shop.query("UPDATE syncline.strategy SET enabled = false WHERE name = 'off'");
  const pipeline = await open({ strategyTable: true });
  const loaded = collect(pipeline, "strategiesLoaded");
  await pipeline.start();
  expect(loaded.at(-1)).toMatchObject({ strategies: ["on"], disabled: ["off"] });
  await saveOrder(shop, recording, 1, { note: "first" });
  await saveOrder(shop, recording, 1, { note: "second" });
  await waitFor("the enabled one's", () => downstream.books.last("on", orderKey(1))?.body?.note === "second");
  await waitFor("it to be settled", async () => (await deliveries(shop)).length === 1);
  expect((await pipeline.status()).strategies).toMatchObject([{ strategy: "off", due: 1, disabled: true }]);
  expect((await pipeline.status()).strategies[0]?.stranded).toBeUndefined();
  expect(problemsOf(pipeline)).toEqual([]);
  await expect(pipeline.backfill("off", { conditions: [{ orderId: 1 }] })).rejects.toMatchObject({
    code: "strategy.unknown",
    message: expect.stringContaining("is disabled"),
  });
  await expect(pipeline.stranded.discard("off")).rejects.toMatchObject({ code: "strategy.running" });
  expect(downstream.callsTo("off")).toEqual([]);
  await shop.query("UPDATE syncline.strategy SET enabled = true");
  await waitFor("what was kept", () => downstream.books.last("off", orderKey(1))?.body?.note === "second");
  expect(downstream.books.history("off", orderKey(1))).toHaveLength(1);
});

it("changes that no strategy wants are told once, until other strategies are in force", async () => {
  const [name, definition] = asRow(ordersTo("last"));
  const pipeline = await start({ strategyTable: true });
  const told = collect(pipeline, "unwanted");
  await saveOrder(shop, recording, 1);
  await waitFor("it to be told", () => told.length > 0);
  await saveOrder(shop, recording, 1);
  await waitFor("the next one to be dispatched", async () => (await pipeline.status()).changes === 0);
  expect(told).toEqual([{ category: "order", changes: 1 }]);
  await shop.query("INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)", [name, definition]);
  await saveOrder(shop, recording, 1);
  await waitFor("the strategy's", () => downstream.books.last("last", orderKey(1)));
  await shop.query("DELETE FROM syncline.strategy");
  await saveOrder(shop, recording, 1);
  await waitFor("it to be told again", () => told.length > 1);
});

it("keys of another category cannot be moved, and a process that is not started can tell and move", async () => {
  await leaveBehind("crm", 1, 2);
  const customers = strategy("customers", {
    category: customer,
    query: "SELECT id FROM customers WHERE id = :customerId",
    downstream: "crm",
    path: "/customers",
    whenAbsent: "skip",
  });
  const operator = await open({ strategies: [customers, ordersTo("crm-orders")] });
  expect(await operator.stranded.list()).toMatchObject([{ strategy: "crm", pending: 1, dead: 1 }]);
  expect((await operator.status()).strategies).toMatchObject([{ strategy: "crm", stranded: true }]);
  await expect(operator.stranded.move("crm", { to: "customers" })).rejects.toMatchObject({ code: "change.invalid" });
  await expect(operator.stranded.move("crm", { to: "nowhere" })).rejects.toMatchObject({ code: "strategy.unknown" });
  await expect(operator.stranded.discard("crm-orders")).rejects.toMatchObject({ code: "strategy.running" });
  expect(await operator.stranded.move("crm", { to: "crm-orders" })).toBe(2);
  await operator.stop();
});

it("what was recorded for one strategy alone is kept for it by workers that do not know it", async () => {
  const newer = await open({ strategies: [ordersTo("newer")] });
  await saveOrder(shop, recording, 1);
  const older = await start({ strategies: [ordersTo("older")] });
  await waitFor("the older one's", () => downstream.books.last("older", orderKey(1)));
  await newer.backfill("newer", { conditions: [{ orderId: 1 }] });
  await waitFor("the older one to have dispatched it", async () => (await older.status()).changes === 0);
  await newer.start();
  await waitFor("the newer one's", () => downstream.books.last("newer", orderKey(1)));
  await older.stop();
  await newer.stop();
});
