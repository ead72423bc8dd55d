import { testStrategy } from "@syncline/testkit/makers";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { QueryRunner } from "../../contracts/query-runner.ts";
import { SynclineError } from "../../model/errors.ts";
import type { Strategy } from "../../model/strategy.ts";
import { ReadPlaces } from "./read-places.ts";

const never = new AbortController().signal;
const limits = { timeoutMs: 60_000, maxRows: 1, numbers: "string" } as const;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A database that reads for as long as a statement says, and ends what is aborted at once. */
function places(concurrency: number | undefined) {
  const reading: string[] = [];
  const begun: string[] = [];
  let most = 0;
  const lasting = (name: string, ms: number, signal: AbortSignal) =>
    new Promise<never[]>((resolve, reject) => {
      reading.push(name);
      begun.push(name);
      most = Math.max(most, reading.length);
      const end = (settle: () => void) => {
        reading.splice(reading.indexOf(name), 1);
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        settle();
      };
      const onAbort = () => end(() => reject(new SynclineError("operation.aborted", "aborted")));
      signal.addEventListener("abort", onAbort);
      const timer = setTimeout(() => end(() => resolve([])), ms);
    });
  const runner: QueryRunner = {
    ...(concurrency === undefined ? {} : { concurrency }),
    run: ([statement], _, signal) => lasting(String(statement?.text), Number(statement?.parameters[0]), signal),
    describe: async ({ text }, signal) => {
      await lasting(text, 10_000, signal);
      return { types: [], equality: {}, problems: [] };
    },
  };
  const all = new ReadPlaces(runner, () => performance.now());
  const lanes = new Map<string, Strategy>();
  const laneOf = (name: string) => {
    const strategy = lanes.get(name) ?? { ...testStrategy(), name };
    lanes.set(name, strategy);
    return all.runnerOf(strategy);
  };
  const read = (name: string, ms: number, signal = never) =>
    laneOf(name).run([{ text: name, parameters: [ms] }], limits, signal);
  return { reading, begun, read, laneOf, most: () => most };
}

/** How long it took. */
async function within(ms: number, read: Promise<unknown>): Promise<number> {
  const begunAt = performance.now();
  let isDone = false;
  void read.finally(() => {
    isDone = true;
  });
  while (!isDone && performance.now() - begunAt < ms) await vi.advanceTimersByTimeAsync(10);
  expect(isDone).toBe(true);
  return performance.now() - begunAt;
}

it.each([
  [4, 4],
  [4, 20],
  [2, 4],
  [2, 20],
  [10, 300],
])("with %i places and %i strategies that sleep, a sound one goes on reading", async (concurrency, sleepers) => {
  const { read, reading, most } = places(concurrency);
  const asleep = Array.from({ length: sleepers }, (_, index) => read(`asleep ${index}`, 60_000));
  expect(await within(30_000, read("sound", 5))).toBeLessThan(1_000 + (100 * sleepers) / concurrency);
  for (let round = 0; round < 20; round += 1) expect(await within(1_000, read("sound", 5))).toBeLessThan(520);
  await vi.advanceTimersByTimeAsync(sleepers * 500);
  expect(await within(1_000, read("sound", 5))).toBe(10);
  expect(most()).toBeLessThanOrEqual(concurrency);
  expect(reading.length).toBe(concurrency - Math.ceil(concurrency / 4));
  await within(60_000 * sleepers, Promise.all(asleep));
});

it("interrupts nobody while nobody waits", async () => {
  const { read, begun } = places(2);
  await within(60_000, Promise.all([read("one", 50_000), read("other", 50_000)]));
  expect(begun).toEqual(["one", "other"]);
});

it("begins what it interrupted anew, where it may take its time; whoever reads sees nothing of it", async () => {
  const { read, begun } = places(2);
  const slow = [read("slow 1", 3_000), read("slow 2", 3_000)];
  await within(1_000, read("sound", 5));
  expect(begun).toEqual(["slow 1", "slow 2", "sound", "slow 1"]);
  // One slow place, and the other is nobody's who was slow.
  for (let round = 0; round < 100; round += 1) await within(1_000, read("sound", 5));
  expect(begun.filter((name) => name === "slow 1")).toHaveLength(2);
  expect(await Promise.all([within(10_000, Promise.all(slow)), Promise.all(slow)])).toEqual([
    expect.any(Number),
    [[], []],
  ]);
  expect(begun.filter((name) => name.startsWith("slow")).length).toBeLessThanOrEqual(4);
});

it("takes a lane for quick again once a read of it was", async () => {
  const { read, begun } = places(2);
  await within(2_000, read("mended", 1_000));
  const slow = [read("slow", 60_000), read("mended", 5)];
  await within(100, read("other", 5));
  // Its read went to the slow places, and had to wait.
  expect(begun).toEqual(["mended", "slow", "mended", "other"]);
  expect(await within(100, read("mended", 5))).toBeLessThan(50);
  expect(slow).toHaveLength(2);
});

it("lets strategies that are quick and slow by turns take no more than their share", async () => {
  const { read } = places(4);
  let isOver = false;
  const turns = Array.from({ length: 20 }, async (_, index) => {
    for (let turn = 0; !isOver; turn += 1) await read(`by turns ${index}`, turn % 2 === 0 ? 1 : 20_000);
  });
  let worst = 0;
  for (let round = 0; round < 50; round += 1) {
    worst = Math.max(worst, await within(5_000, read("sound", 5)));
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(worst).toBeLessThan(1_100);
  isOver = true;
  await within(3_600_000, Promise.all(turns));
});

it("gives up what waits and what reads when its signal fires, and the place goes on to another", async () => {
  const { read } = places(1);
  const stop = new AbortController();
  const ends = Promise.allSettled([read("reading", 60_000, stop.signal), read("waiting", 5, stop.signal)]);
  const last = read("last", 5);
  stop.abort();
  expect((await ends).map((end) => end.status === "rejected" && end.reason.code)).toEqual([
    "operation.aborted",
    "operation.aborted",
  ]);
  expect(await within(100, last)).toBeLessThan(50);
});

it("lets no template's description keep others from reading for long, nor wait behind slow reads", async () => {
  const { read, laneOf } = places(2);
  const probe = { text: "described", sharedText: "", occurrences: [] };
  const described = [laneOf("a"), laneOf("b")].map((lane) => lane.describe?.(probe, never));
  const ends = Promise.allSettled(described);
  expect(await within(3_000, read("sound", 5))).toBeLessThan(2_100);
  await vi.advanceTimersByTimeAsync(10_000);
  expect((await ends).map((end) => (end.status === "rejected" ? end.reason.code : "described"))).toEqual([
    "database.busy",
    "described",
  ]);
});

it("a slow read comes to its end, though others of its lane are quick and somebody always waits", async () => {
  const { read } = places(2);
  let isDone = false;
  const slow = read("mixed", 1_500).then(() => {
    isDone = true;
  });
  const busy = async (name: string, ms: number) => {
    while (!isDone) await read(name, ms);
  };
  // Quick ones of the same lane end while it waits to begin anew, and the lane counts as quick again.
  const others = [busy("mixed", 1), busy("mixed", 1), busy("other", 300), busy("another", 300), busy("third", 300)];
  await within(60_000, slow);
  await within(5_000, Promise.all(others));
});

it("shares nothing where the adapter does not say how much there is", async () => {
  const { read, most } = places(undefined);
  await within(10_000, Promise.all(Array.from({ length: 50 }, (_, index) => read(`${index}`, 5_000))));
  expect(most()).toBe(50);
});

it("never begins more than there are places, and every read comes to its end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.tuple(fc.nat(7), fc.nat(2_000), fc.nat(300), fc.boolean()), { maxLength: 40 }),
      async (concurrency, reads) => {
        const { read, reading, most } = places(concurrency);
        const ends = reads.map(async ([lane, ms, after, isGivenUp]) => {
          await new Promise((resolve) => setTimeout(resolve, after));
          if (isGivenUp) {
            const stop = new AbortController();
            setTimeout(() => stop.abort(), ms / 2);
            return read(String(lane), ms, stop.signal).catch(() => {});
          }
          return read(String(lane), ms);
        });
        await within(40 * 2_000 * 2, Promise.all(ends));
        expect(most()).toBeLessThanOrEqual(concurrency);
        expect(reading).toEqual([]);
      },
    ),
    { numRuns: 50 },
  );
});
