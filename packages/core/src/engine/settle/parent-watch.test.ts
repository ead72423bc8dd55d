import { testClaim, testStrategy } from "@syncline/testkit/makers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { category } from "../../model/category.ts";
import type { Failure } from "../../model/outcome.ts";
import { EventHub, type PipelineEvents } from "../events.ts";
import { ParentWatch } from "./parent-watch.ts";

const failure: Failure = { kind: "dependency", code: "http.404", message: "answered 404", effect: "no" };
const retry = { maxAttempts: 12, initialMs: 1_000, maxMs: 300_000 };
const inCategory = (name: string) => category(name, { id: "integer" });
const strategies = [
  testStrategy({ name: "orders", category: inCategory("order"), downstream: "crm", retry }),
  testStrategy({ name: "more-orders", category: inCategory("order"), downstream: "crm", retry }),
  testStrategy({ name: "customers", category: inCategory("customer"), downstream: "crm", retry }),
  testStrategy({ name: "shadow", category: inCategory("customer"), downstream: "crm", mode: "shadow", retry }),
  testStrategy({ name: "elsewhere", category: inCategory("customer"), downstream: "erp", retry }),
];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watch(hasten: (strategy: string) => Promise<number> = async () => 1) {
  const hastened: string[] = [];
  const events = new EventHub(() => {});
  const told: PipelineEvents["dependencyMissing"][] = [];
  events.on("dependencyMissing", (event) => told.push(event));
  let woken = 0;
  const poller = {
    hasten: (strategy: string) => {
      hastened.push(strategy);
      return hasten(strategy);
    },
  };
  const made = new ParentWatch({
    poller: poller as never,
    strategy: (name) => strategies.find((each) => each.name === name),
    events,
    wake: () => {
      woken += 1;
    },
    now: () => Date.now(),
  });
  const waits = (delayMs = 1_000) =>
    made.settled({ result: "released", claim: testClaim({ strategy: "orders" }), delayMs, failure });
  const accepted = (strategy: string) => made.settled({ result: "accepted", claim: testClaim({ strategy }) });
  const flush = () => vi.advanceTimersByTimeAsync(0);
  return { made, waits, accepted, flush, hastened, told, wakes: () => woken };
}

it("wakes what waits once the same downstream has accepted something of another category", async () => {
  const { waits, accepted, flush, hastened, wakes } = watch();
  waits();
  for (const strategy of ["orders", "more-orders", "shadow", "elsewhere", "nobody's"]) accepted(strategy);
  await flush();
  expect(hastened).toEqual([]);
  accepted("customers");
  await flush();
  expect(hastened).toEqual(["orders"]);
  expect(wakes()).toBe(1);
});

it("asks nothing of the database while nothing waits", async () => {
  const { accepted, flush, hastened } = watch();
  accepted("customers");
  await flush();
  expect(hastened).toEqual([]);
});

it("wakes a few times and then seldom, however much of another category is accepted", async () => {
  const { waits, accepted, hastened } = watch();
  for (let second = 0; second < 600; second += 1) {
    waits(30_000);
    for (let call = 0; call < 10; call += 1) accepted("customers");
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(hastened.length).toBeGreaterThan(10);
  expect(hastened.length).toBeLessThan(60);
});

it("forgets those that came back no more", async () => {
  const { waits, accepted, flush, hastened, made } = watch();
  waits(120_000);
  await vi.advanceTimersByTimeAsync(100_000);
  expect(made.troubles).toMatchObject([{ name: "orders", failure, since: Date.now() - 100_000 }]);
  await vi.advanceTimersByTimeAsync(200_000);
  expect(made.troubles).toEqual([]);
  accepted("customers");
  await flush();
  expect(hastened).toEqual([]);
});

it("is no trouble before a minute, and tells it once", async () => {
  const { waits, told, made } = watch();
  for (let second = 0; second < 59; second += 1) {
    waits();
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect([made.troubles, told]).toEqual([[], []]);
  for (let second = 0; second < 60; second += 1) {
    waits();
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(told).toEqual([{ strategy: "orders", failure, forMs: 60_000 }]);
});

it("goes on after a database that was away, and not after a stop", async () => {
  let isAway = true;
  const { made, waits, accepted, flush, hastened } = watch(async () => {
    if (isAway) throw new Error("away");
    return 1;
  });
  waits();
  accepted("customers");
  await flush();
  isAway = false;
  accepted("customers");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(hastened).toHaveLength(2);
  accepted("customers");
  made.stop();
  waits();
  accepted("customers");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(hastened).toHaveLength(2);
});
