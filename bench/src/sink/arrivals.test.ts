import { expect, test } from "vitest";
import { Arrivals } from "./arrivals.ts";

test("ids are counted once for each path, in single documents and in lists", () => {
  const arrivals = new Arrivals(12);
  arrivals.add("/0", JSON.stringify({ id: 12, name: "one" }), 1);
  arrivals.add("/0", JSON.stringify([{ id: 1 }, { id: 12 }]), 2);
  arrivals.add("/1", JSON.stringify([{ id: 12 }]), 3);
  expect(arrivals.tally).toMatchObject({ requests: 3, items: 4, distinct: 3, strays: 0, lastArrivalMs: 3 });
});

test("what comes again moves neither the first arrival nor the end of the run", () => {
  const arrivals = new Arrivals(1);
  arrivals.add("/0", JSON.stringify({ id: 1 }), 5);
  arrivals.add("/0", JSON.stringify({ id: 1 }), 9);
  expect(arrivals.firstArrivals("/0")[1]).toBe(5);
  expect(arrivals.tally).toMatchObject({ items: 2, distinct: 1, lastArrivalMs: 5 });
});

test("ids that nobody expects are told apart", () => {
  const arrivals = new Arrivals(3);
  arrivals.add("/0", JSON.stringify([{ id: 0 }, { id: 4 }, { id: 3 }]), 1);
  expect(arrivals.tally).toMatchObject({ distinct: 1, strays: 2 });
});
