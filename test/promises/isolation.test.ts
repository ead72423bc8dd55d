import { testDatabase } from "@syncline/dev-postgres/vitest";
import { http } from "@syncline/http";
import { expect, it } from "vitest";
import { accept, type Behaviour, Downstream, hang } from "../harness/downstream.ts";
import { startPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { ordersTo } from "../harness/shop-model.ts";
import { isEmpty } from "../harness/tables.ts";
import { saveOrders } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const shop = await openShop(url);
const healthy = await Downstream.start();
const sick = await Downstream.start();
const concurrency = 4;
// Far longer than the test waits: what finishes, finished without any of these calls coming to an end.
const timeoutMs = 60_000;
const patient = { maxAttempts: 1_000, initialMs: 20, maxMs: 100 };

const pipeline = await startPipeline(url, undefined, {
  strategies: [
    ordersTo("healthy", { downstream: "healthy" }),
    ordersTo("sick", { downstream: "sick", concurrency, timeoutMs, retry: patient }),
    ordersTo("sick-batches", { downstream: "sick", concurrency, timeoutMs, retry: patient, batch: 10 }),
  ],
  downstreams: { healthy: http({ baseUrl: healthy.url }), sick: http({ baseUrl: sick.url }) },
  tuning: { leaseMs: 90_000, prefetchLimit: 50, unauthorizedProbeMs: 50 },
});

let next = 1;
const behaviours: readonly (readonly [string, Behaviour])[] = [
  ["answers 500", () => ({ status: 500 })],
  ["answers 503", () => ({ status: 503 })],
  ["drops every connection", () => ({ status: 200, drop: true, apply: false })],
  ["refuses our credentials", () => ({ status: 401 })],
  // Last: what hangs keeps its places until the end.
  ["hangs", hang],
];

it.each(behaviours)("delivers everything to the healthy downstream while another one %s", async (_, behaviour) => {
  sick.behave = accept;
  await waitFor("the sick downstream to be well again", () => isEmpty(shop));
  sick.behave = behaviour;
  const [from, to] = [next, next + 399];
  next = to + 1;
  const { calls, books } = sick;
  const before = { calls: calls.length, kept: books.kept.length, delivered: healthy.books.kept.length };
  await saveOrders(shop, pipeline, from, to);
  await waitFor("the healthy downstream to have everything", () => healthy.books.state("healthy").size === to);
  expect(healthy.books.kept.length - before.delivered).toBe(400);
  await waitFor("the sick downstream to be called", () => calls.length > before.calls);
  expect(books.kept.length).toBe(before.kept);
});

it("had no more calls waiting at the hanging downstream than its strategies' concurrency", () => {
  expect(sick.answering).toBeLessThanOrEqual(2 * concurrency);
  expect(sick.answering).toBeGreaterThan(0);
});
