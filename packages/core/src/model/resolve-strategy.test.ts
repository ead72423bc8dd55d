import fc from "fast-check";
import { expect, it } from "vitest";
import { RateLimiter } from "../engine/call/rate-limiter.ts";
import { category, createDictionary } from "./category.ts";
import { resolveStrategy } from "./resolve-strategy.ts";
import { strategy } from "./strategy-in-code.ts";

const order = category("order", { orderId: "bigint" });
const dictionary = createDictionary([order]);
const least = {
  name: "crm-orders",
  category: "order",
  query: "SELECT * FROM orders WHERE id = :orderId",
  downstream: "crm",
  path: "/orders/{orderId}",
  whenAbsent: "delete",
};

function problemsOf(definition: unknown): readonly string[] {
  const resolved = resolveStrategy(definition, dictionary, "s");
  return resolved.ok ? [] : resolved.problems.map(({ at, message }) => `${at}: ${message}`);
}

it("fills in the defaults", () => {
  const resolved = resolveStrategy(least, dictionary, "s");
  expect(resolved.ok && resolved.strategy).toEqual({
    ...least,
    category: order,
    method: undefined,
    options: {},
    compose: "set",
    mode: "live",
    shadowOf: undefined,
    rows: "one",
    versionColumn: undefined,
    coalesce: true,
    idempotent: true,
    batch: 1,
    deleteBatch: 1,
    concurrency: 8,
    rate: undefined,
    retry: { maxAttempts: 12, initialMs: 1_000, maxMs: 300_000 },
    timeoutMs: 30_000,
    debounce: undefined,
    numbers: "string",
    queryTimeoutMs: 30_000,
    maxRows: 1,
    map: undefined,
  });
});

it("takes a strategy from code with its category and its mapper", () => {
  const map = () => null;
  const made = strategy("s1", { ...least, category: order, whenAbsent: "skip", map });
  const resolved = resolveStrategy(made, dictionary, "s");
  expect(resolved.ok && [resolved.strategy.category, resolved.strategy.map]).toEqual([order, map]);
});

it("sends deletes in batches of their own size, at most as large as the others'", () => {
  const deletes = { ...least, whenAbsent: "delete", batch: 100 };
  const sizeOf = (parts: object) => {
    const resolved = resolveStrategy({ ...deletes, ...parts }, dictionary, "s");
    return resolved.ok && resolved.strategy.deleteBatch;
  };
  expect([sizeOf({}), sizeOf({ deleteBatch: 1 })]).toEqual([100, 1]);
  expect(problemsOf({ ...deletes, deleteBatch: 101 })).toEqual([
    expect.stringMatching(/^s\.deleteBatch: .*batch \(100\)/),
  ]);
  expect(problemsOf({ ...deletes, whenAbsent: "skip", deleteBatch: 1 })).toEqual([
    expect.stringMatching(/^s\.deleteBatch: .*no effect/),
  ]);
  // What can be made neither a number nor a text.
  const nothing: unknown = Object.create(null);
  const places = problemsOf({ ...deletes, batch: nothing, deleteBatch: nothing }).map((line) => line.split(":")[0]);
  expect(places.sort()).toEqual(["s.batch", "s.deleteBatch"]);
});

it("asks what is to happen to absent keys, since each answer is wrong for somebody", () => {
  const { whenAbsent, ...rest } = least;
  expect(problemsOf(rest)).toEqual([expect.stringMatching(/^s\.whenAbsent: .*"delete", "skip" or "dead".*no default/)]);
});

it("lists every problem at once, each with its place", () => {
  const places = problemsOf({
    name: "no spaces please",
    category: "odrer",
    query: " ",
    path: 7,
    whenAbsent: "ignore",
    batch: 0,
    concurency: 2,
    retry: { maxAttemps: 3, initialMs: -1 },
    rate: { perSecond: 0 },
    debounce: { quietMs: 10, maxMs: 5 },
  }).map((problem) => problem.split(":")[0]);
  expect(new Set(places)).toEqual(
    new Set([
      "s.name",
      "s.category",
      "s.query",
      "s.downstream",
      "s.path",
      "s.whenAbsent",
      "s.batch",
      "s.concurency",
      "s.retry.maxAttemps",
      "s.retry.initialMs",
      "s.rate.perSecond",
      "s.debounce.maxMs",
    ]),
  );
});

it("guesses what a misspelt option was meant to be", () => {
  expect(problemsOf({ ...least, concurency: 2 })).toEqual([
    's.concurency: There is no such option. Did you mean "concurrency"?',
  ]);
});

/** Where a strategy says a number, and what somebody may write there who means harm. */
const numbers = {
  "rate.perSecond": (value: unknown) => ({ rate: { perSecond: value } }),
  "rate.burst": (value: unknown) => ({ rate: { perSecond: 1, burst: value } }),
  "retry.maxAttempts": (value: unknown) => ({ retry: { maxAttempts: value } }),
  "retry.initialMs": (value: unknown) => ({ retry: { initialMs: value } }),
  "retry.maxMs": (value: unknown) => ({ retry: { maxMs: value } }),
  "debounce.quietMs": (value: unknown) => ({ debounce: { quietMs: value, maxMs: 604_800_000 } }),
  "debounce.maxMs": (value: unknown) => ({ debounce: { quietMs: 1, maxMs: value } }),
  batch: (value: unknown) => ({ batch: value, concurrency: 1 }),
  deleteBatch: (value: unknown) => ({ batch: 10_000, concurrency: 1, deleteBatch: value }),
  concurrency: (value: unknown) => ({ concurrency: value }),
  timeoutMs: (value: unknown) => ({ timeoutMs: value }),
  queryTimeoutMs: (value: unknown) => ({ queryTimeoutMs: value }),
  maxRows: (value: unknown) => ({ maxRows: value }),
};
const odd = [5e-324, 1e-300, 1e-6, 0.5, 1.5, -1, -1e300, 2 ** 31, 2 ** 53, 1e21, 1e300, Infinity, -Infinity, NaN];

it.each(Object.entries(numbers))("takes no number for %s that nobody can mean", (place, written) => {
  for (const value of [...odd, "1", "1e3", 1n, true, [1], {}, null]) {
    if ((value === 0.5 || value === 1.5) && place === "rate.perSecond") continue;
    expect(problemsOf({ ...least, ...written(value) }).join("\n"), `${place}: ${String(value)}`).toContain(
      `s.${place}: `,
    );
  }
});

it("takes only rates whose waits a timer can be set for, however small", () => {
  const small = fc.double({ min: 0, max: 1, noNaN: true });
  const tiny = fc.tuple(fc.double({ min: 1, max: 10, noNaN: true }), fc.integer({ min: -320, max: 6 }));
  const any = fc.oneof(
    small,
    tiny.map(([digits, exponent]) => digits * 10 ** exponent),
  );
  fc.assert(
    fc.property(any, (perSecond) => {
      const resolved = resolveStrategy({ ...least, rate: { perSecond } }, dictionary, "s");
      if (!resolved.ok || resolved.strategy.rate === undefined) return;
      const limiter = new RateLimiter(resolved.strategy.rate, 0);
      limiter.take();
      expect(limiter.waitMs(0)).toBeLessThan(2 ** 31);
      expect(limiter.waitMs(limiter.waitMs(0) + 1)).toBe(0);
    }),
  );
});

it("takes no more items in flight than a worker can hold", () => {
  expect(problemsOf({ ...least, batch: 10_000, concurrency: 10 })).toEqual([]);
  expect(problemsOf({ ...least, batch: 10_000, concurrency: 1_000 })).toEqual([
    expect.stringMatching(/^s\.concurrency: .*10000000 would be in flight: at most 100000 may be/),
  ]);
});

it("refuses every change in order together with a quiet window", () => {
  expect(problemsOf({ ...least, coalesce: false, debounce: { quietMs: 1, maxMs: 2 } })).toEqual([
    expect.stringMatching(/^s\.debounce/),
  ]);
});

it("refuses options that are not plain JSON, or too deep for whoever walks them", () => {
  let deep: unknown = 1;
  for (let level = 0; level < 50_000; level += 1) deep = { deep };
  for (const options of [deep, [], "x", { f: () => 1 }, { n: Number.NaN }, { d: 1n }]) {
    expect(problemsOf({ ...least, options })).toEqual([expect.stringMatching(/^s\.options/)]);
  }
});

it("takes nothing from prototypes, and never throws, whatever a row holds", () => {
  expect(problemsOf(Object.create(least)).length).toBeGreaterThan(5);
  expect(problemsOf(JSON.parse(`{"__proto__":${JSON.stringify(least)}}`)).length).toBeGreaterThan(5);
  fc.assert(
    fc.property(
      fc.anything(),
      fc.dictionary(fc.constantFrom(...Object.keys(least), "retry", "rate", "map"), fc.anything()),
      (any, some) => {
        problemsOf(any);
        expect(resolveStrategy({ ...least, ...some }, dictionary, "s")).toHaveProperty("ok");
      },
    ),
  );
});
