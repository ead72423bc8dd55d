import { describe, expect, it } from "vitest";
import { category, createDictionary } from "../../model/category.ts";
import type { RecordedChange } from "../../model/change.ts";
import { type CategoryEquality, mergeEquality } from "../../model/key-equality.ts";
import { noRoom, type RoutedStrategy, Router } from "./router.ts";

const order = category("order", { code: "string" });
const dictionary = createDictionary([order]);
const lease = { token: "t", durationMs: 1_000 };
const padded = mergeEquality([{ category: "order", equality: { code: "padded" } }]);

function strategyOf(more: Partial<RoutedStrategy> = {}): RoutedStrategy {
  return { name: "s", category: "order", coalesce: true, debounce: undefined, room: () => noRoom, ...more };
}

let id = 0;
function change(condition: string, more: Partial<RecordedChange> = {}): RecordedChange {
  id += 1;
  return { id: String(id), category: "order", condition, operation: "upsert", recordedAt: id, strategy: null, ...more };
}

function route(
  changes: readonly RecordedChange[],
  equality?: CategoryEquality,
  ...strategies: readonly RoutedStrategy[]
) {
  const routed = strategies.length === 0 ? [strategyOf()] : strategies;
  return new Router(dictionary, routed, equality).route(changes, lease);
}

const keysOf = ({ deliveries }: ReturnType<typeof route>) => deliveries.map(({ key }) => key);

describe("trace contexts", () => {
  const trace = (digit: string) => `00-${"4b".repeat(16)}-${digit.repeat(16)}-01`;
  const routed = (...traceparents: readonly (string | null | undefined)[]) =>
    route(
      traceparents.map((traceparent) => change(`{"code":"A"}`, traceparent === undefined ? {} : { traceparent })),
    ).deliveries.map(({ traceparent }) => traceparent);

  it("come from the newest change that has one", () => {
    expect(routed(trace("1"), trace("2"), null, undefined)).toEqual([trace("2")]);
    expect(routed(null, undefined)).toEqual([null]);
  });

  it("are left out where they are none, whoever wrote them", () => {
    const hostile = `00-${"4b".repeat(16)}-${"1".repeat(16)}-01'; DROP TABLE change`;
    expect(routed(hostile, "x".repeat(1_000_000))).toEqual([null]);
    expect(routed(trace("1"), hostile)).toEqual([trace("1")]);
  });
});

describe("keys that a database takes for equal", () => {
  it("are one delivery, whichever way they were recorded, with the last one's operation", () => {
    const changes = [
      change(`{"code":"A  "}`),
      change(`{ "code" : "A" }`),
      change(`{"code":"A "}`, { operation: "delete" }),
      change(`{"code":"B"}`),
    ];
    const routing = route(changes, padded);
    expect(routing.deliveries).toMatchObject([
      { key: `{"code":"A"}`, changes: 3, operation: "delete", firstRecordedAt: changes[0]?.recordedAt },
      { key: `{"code":"B"}`, changes: 1, operation: "upsert" },
    ]);
  });

  it("are as many deliveries as texts where nothing is known of how it compares", () => {
    expect(keysOf(route([change(`{"code":"A "}`), change(`{"code":"A"}`)]))).toEqual([`{"code":"A "}`, `{"code":"A"}`]);
  });

  it("have one key, too, where every change is a delivery of its own", () => {
    const routing = route([change(`{"code":"A "}`), change(`{"code":"A"}`)], padded, strategyOf({ coalesce: false }));
    expect(keysOf(routing)).toEqual([`{"code":"A"}`, `{"code":"A"}`]);
    expect(new Set(routing.deliveries.map(({ ordinal }) => ordinal)).size).toBe(2);
  });

  it("are one key for all strategies of their category, and no other category's are touched", () => {
    const part = category("part", { code: "string" });
    const router = new Router(
      createDictionary([order, part]),
      [strategyOf({ name: "a" }), strategyOf({ name: "b" }), strategyOf({ name: "c", category: "part" })],
      padded,
    );
    const changes = [change(`{"code":"A "}`), change(`{"code":"A "}`, { category: "part" })];
    expect(router.route(changes, lease).deliveries.map(({ strategy, key }) => [strategy, key])).toEqual([
      ["a", `{"code":"A"}`],
      ["b", `{"code":"A"}`],
      ["c", `{"code":"A "}`],
    ]);
  });
});

it("a change that fits no category is refused, whatever is known of its keys", () => {
  const odd = [change(`{"code":7}`), change("{}"), change(`{"code":"A"}`, { category: "unknown" })];
  for (const equality of [undefined, padded]) {
    const { deliveries, refused } = route(odd, equality);
    expect(deliveries).toEqual([]);
    expect(refused.map(({ change: { condition } }) => condition)).toEqual([`{"code":7}`, "{}", `{"code":"A"}`]);
    expect(refused.map(({ reason }) => reason.length > 10)).toEqual([true, true, true]);
  }
});

it("as many new deliveries are leased as there is room for", () => {
  const changes = ["A", "B", "C"].map((code) => change(`{"code":"${code}"}`));
  const { deliveries } = route(changes, padded, strategyOf({ room: () => ({ all: 2, live: 2 }) }));
  expect(deliveries.map((delivery) => delivery.lease)).toEqual([lease, lease, undefined]);
});

it("of changes that go out one by one, all of a key ask for the lease; of what must rest first, none", () => {
  const changes = ["A", "A", "B", "C", "A"].map((code) => change(`{"code":"${code}"}`));
  const leasesOf = (more: Partial<RoutedStrategy>) =>
    route(changes, padded, strategyOf({ room: () => ({ all: 2, live: 2 }), ...more })).deliveries.map(
      (delivery) => delivery.lease,
    );
  expect(leasesOf({ coalesce: false })).toEqual([lease, lease, lease, undefined, lease]);
  expect(leasesOf({ debounce: { quietMs: 5, maxMs: 10 } })).toEqual([undefined, undefined, undefined]);
});

describe("beside a backfill", () => {
  const keyed = (delivery: { readonly key: string; readonly lease?: unknown }) =>
    `${delivery.key.slice(9, -2)}${delivery.lease === undefined ? "" : " leased"}`;
  const routed = (room: { readonly all: number; readonly live: number }) =>
    route(
      [
        ...["A", "B", "C"].map((code) => change(`{"code":"${code}"}`, { strategy: "s" })),
        ...["D", "E", "B"].map((code) => change(`{"code":"${code}"}`)),
      ],
      padded,
      strategyOf({ room: () => room }),
    );

  it("live changes have the room first, and a key that is both is live", () => {
    const { deliveries, leasedBackfill, counts } = routed({ all: 4, live: 5 });
    expect(deliveries.map(keyed)).toEqual(["D leased", "E leased", "B leased", "A leased", "C"]);
    expect(leasedBackfill.map(keyed)).toEqual(["A leased"]);
    expect([...counts]).toEqual([["s", 5]]);
    expect(deliveries.find(({ key }) => key === `{"code":"B"}`)?.changes).toBe(2);
  });

  it("what a lane keeps for live changes is not the backfill's", () => {
    const { deliveries, leasedBackfill } = routed({ all: 0, live: 2 });
    expect(deliveries.map(keyed)).toEqual(["D leased", "E leased", "B", "A", "C"]);
    expect(leasedBackfill).toEqual([]);
  });
});

it("what no strategy wants is counted, and what is for one strategy alone is kept for it, known or not", () => {
  const changes = [
    change(`{"code":"A"}`),
    change(`{"code":"B"}`, { strategy: "s" }),
    change(`{"code":"C"}`, { strategy: "newer" }),
    change(`{"code":"C"}`, { strategy: "newer" }),
    change(`{"code":"D"}`, { strategy: "no name" }),
  ];
  const known = route(changes, undefined, strategyOf({ room: () => ({ all: 9, live: 9 }) }));
  expect(known.deliveries.map(({ strategy, key, changes: count }) => [strategy, key, count])).toEqual([
    ["s", `{"code":"A"}`, 1],
    ["s", `{"code":"B"}`, 1],
    ["newer", `{"code":"C"}`, 1],
    ["newer", `{"code":"C"}`, 1],
  ]);
  expect(known.deliveries.slice(2).map(({ lease, ordinal }) => [lease, ordinal === "0"])).toEqual([
    [undefined, false],
    [undefined, false],
  ]);
  expect(known.unwanted).toBeUndefined();
  const nobody = new Router(dictionary, []).route(changes, lease);
  expect([...(nobody.unwanted ?? [])]).toEqual([["order", 1]]);
});
