import { expect, it, vi } from "vitest";
import type { Claim } from "../../model/delivery.ts";
import type { Failure, Outcome } from "../../model/outcome.ts";
import { defaultTuning } from "../tuning.ts";
import { claimOf, claims, failed, failure, held, laneScene, settle, upTo } from "./testing/lane-scene.ts";

it("looks further ahead while it sends quickly what it takes, and less far again, but never less than two calls for each in flight", async () => {
  const { lane, clock, settled } = laneScene({ options: { concurrency: 8 } });
  /** Takes some more, so long after the last ones; returns how much it has room for when they are sent. */
  const take = async (afterMs: number, count = lane.room) => {
    clock.now += afterMs;
    settled.clear();
    lane.accept(claims(...upTo(count)), clock.now);
    lane.widen();
    await lane.whenIdle();
    return lane.room;
  };
  expect(lane.room).toBe(16);
  expect(await take(0)).toBe(16);
  expect(await take(100)).toBe(32);
  expect(await take(100)).toBe(64);
  expect(await take(1_000)).toBe(64);
  expect(await take(100, 10)).toBe(64);
  lane.narrow();
  expect(lane.room).toBe(32);
  for (let times = 0; times < 5; times += 1) lane.narrow();
  expect(lane.room).toBe(16);
  for (let times = 0; times < 10; times += 1) await take(1);
  expect(lane.room).toBe(8 + defaultTuning.prefetchLimit);
});

it("says where it stands", async () => {
  const answer = held<Outcome>();
  const { lane } = laneScene({ options: { concurrency: 1, batch: 2 }, answer: () => answer.wait() });
  lane.accept(claims(1, 2, 3), 0);
  await settle();
  expect(lane.snapshot).toEqual({
    strategy: "s",
    circuit: "closed",
    isChecking: false,
    isRetired: false,
    window: 4,
    reading: 0,
    ready: 1,
    sending: 2,
    calls: [{ items: 2, timeoutMs: lane.strategy.timeoutMs }],
  });
  answer.release({ status: "accepted" });
  await vi.waitFor(() => expect(answer.count).toBe(1));
  lane.retire();
  answer.release({ status: "accepted" });
  await lane.whenIdle();
  expect(lane.snapshot).toMatchObject({ isRetired: true, reading: 0, ready: 0, sending: 0, calls: [] });
});

it("ends the call of a delivery whose lease another worker has, and does not settle it", async () => {
  const signals: AbortSignal[] = [];
  const answer = held<Outcome>();
  const { lane, leases, results, lost } = laneScene({
    answer: (_, __, signal) => {
      signals.push(signal);
      return answer.wait();
    },
  });
  const taken = vi.spyOn(leases, "take");
  lane.accept(claims(1), 0);
  await vi.waitFor(() => expect(signals).toHaveLength(1));
  lane.leaseLost(taken.mock.results[0]?.value, "taken");
  expect(signals[0]?.aborted).toBe(true);
  answer.release({ status: "accepted" });
  await lane.whenIdle();
  expect([results(), lost]).toEqual([[], [{ id: 1, giveBack: false }]]);
});

it("gives back what it has not sent before its lease runs out", async () => {
  const { lane, clock, results, lost } = laneScene({ options: { concurrency: 1 }, answer: () => failed("transient") });
  clock.now = defaultTuning.leaseMs;
  lane.accept(claims(1), 0);
  await lane.whenIdle();
  expect([results(), lost]).toEqual([[], [{ id: 1, giveBack: true }]]);
});

it("puts back everything but what is under way when its circuit opens, and asks for a probe when its time has come", async () => {
  const { lane, clock, results, asked } = laneScene({
    options: { concurrency: 1 },
    answer: () => failed("throttled", { retryAfterMs: 20 }),
    tuning: { breakerOpenMs: 20 },
  });
  lane.accept(claims(1, 2, 3), 0);
  await vi.waitFor(() => expect(results()).toHaveLength(3));
  expect(new Set(results().map(([, result]) => result))).toEqual(new Set(["released"]));
  expect(lane.room).toBe(0);
  clock.now += 100;
  await vi.waitFor(() => expect(asked).toContain("probe"));
  expect(lane.room).toBe(1);
});

it("checks a downstream that was away before it risks an item on it", async () => {
  let found: Failure | undefined = failure("unavailable");
  const check = vi.fn(async () => found);
  const { lane, clock, asked } = laneScene({
    check,
    answer: () => failed("unavailable"),
    tuning: { breakerFailures: 1, breakerOpenMs: 5, breakerMaxOpenMs: 5 },
  });
  lane.accept(claims(1), 0);
  await vi.waitFor(() => expect(lane.snapshot.circuit).toBe("open"));
  clock.now += 10;
  await vi.waitFor(() => expect(check).toHaveBeenCalledTimes(1));
  await settle();
  expect([lane.room, asked.includes("probe")]).toEqual([0, false]);
  found = undefined;
  clock.now += 10;
  await vi.waitFor(() => expect(asked).toContain("probe"));
  expect(lane.room).toBe(1);
  lane.retire();
});

it("takes a check that throws for no answer: the call itself is the probe then", async () => {
  const { lane, clock, asked, faults } = laneScene({
    check: () => {
      throw new Error("a bug");
    },
    answer: () => failed("unavailable"),
    tuning: { breakerFailures: 1, breakerOpenMs: 5, breakerMaxOpenMs: 5 },
  });
  lane.accept(claims(1), 0);
  await vi.waitFor(() => expect(lane.snapshot.circuit).toBe("open"));
  clock.now += 10;
  await vi.waitFor(() => expect(asked).toContain("probe"));
  expect(faults).toMatchObject([{ part: "downstream d", member: "check", code: "fault.check" }]);
  lane.retire();
});

it("comes to its end though a check ignores its signal", async () => {
  const { lane, clock } = laneScene({
    check: () => new Promise(() => {}),
    answer: () => failed("unavailable"),
    tuning: { breakerFailures: 1, breakerOpenMs: 5, breakerMaxOpenMs: 5 },
  });
  lane.accept(claims(1), 0);
  await vi.waitFor(() => expect(lane.snapshot.circuit).toBe("open"));
  clock.now += 10;
  await vi.waitFor(() => expect(lane.snapshot.isChecking).toBe(true));
  lane.retire();
  await lane.whenIdle();
});

it("waits for the downstream's concurrency without being told twice", async () => {
  const answer = held<Outcome>();
  const { lane, calls } = laneScene({ limits: { concurrency: 1 }, answer: () => answer.wait() });
  lane.accept(claims(1, 2), 0);
  lane.accept(claims(3), 0);
  await settle();
  expect(calls).toEqual([[1]]);
  for (const more of [2, 3]) {
    answer.release({ status: "accepted" });
    await vi.waitFor(() => expect(calls.at(-1)).toEqual([more]));
  }
  answer.release({ status: "accepted" });
  await lane.whenIdle();
});

it("refuses an async map, whose document would be an empty object", async () => {
  const map = (async () => ({})) as never;
  const { deliver, settled, calls, faults } = laneScene({ options: { map } });
  await deliver([claimOf(1)] satisfies readonly Claim[]);
  expect(settled.get(1)).toMatchObject({
    result: "dead",
    failure: { code: "item.unsendable", message: expect.stringContaining("returned a promise") },
  });
  expect([calls, faults.map(({ part, member }) => `${part} ${member}`)]).toEqual([[], ["strategy s map"]]);
});
