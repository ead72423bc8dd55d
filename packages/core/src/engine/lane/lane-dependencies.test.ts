import { expect, it } from "vitest";
import type { Settlement } from "../../model/delivery.ts";
import { claimOf, claims, failed, failure, laneScene, upTo } from "./testing/lane-scene.ts";

const waiting = (settlement: Settlement | undefined) =>
  settlement?.result === "released" && settlement.failure?.kind === "dependency" && settlement.delayMs > 0;

it("lets an item wait that comes before what it points to: the others of its batch go out, and the lane goes on", async () => {
  const scene = laneScene({
    options: { batch: 8 },
    answer: (ids) => (ids.includes(3) ? failed("dependency") : { status: "accepted" }),
  });
  const ends = await scene.deliver(claims(...upTo(8)));
  expect(ends.filter(([, result]) => result !== "accepted")).toEqual([[3, "released"]]);
  expect(waiting(scene.settled.get(3))).toBe(true);
  expect(scene.lane.room).toBeGreaterThan(0);
});

it("holds neither the lane nor its downstream, however many wait, and whatever was ever answered well", async () => {
  const scene = laneScene({ answer: () => failed("dependency") });
  await scene.deliver(claims(...upTo(100)));
  expect([...scene.settled.values()].every(waiting)).toBe(true);
  expect(scene.seen).toEqual([]);
  expect(scene.lane.trouble).toBeUndefined();
  expect(scene.lane.snapshot.circuit).toBe("closed");
});

it("lets items of a partial answer wait, all of them too", async () => {
  const scene = laneScene({
    options: { batch: 4 },
    answer: (ids) => ({
      status: "partial",
      failures: ids.map((_, index) => ({ index, failure: failure("dependency") })),
    }),
  });
  await scene.deliver(claims(...upTo(4)));
  expect([...scene.settled.values()].every(waiting)).toBe(true);
  expect(scene.calls).toHaveLength(1);
  expect(scene.lane.snapshot.circuit).toBe("closed");
});

it("costs attempts once it has waited for its limit, and is dead after the last", async () => {
  const scene = laneScene({ tuning: { dependencyMs: 10_000 }, answer: () => failed("dependency") });
  await scene.deliver([claimOf(1)]);
  expect(waiting(scene.settled.get(1))).toBe(true);
  scene.settled.clear();
  scene.clock.now += 10_000;
  expect(await scene.deliver([claimOf(1)])).toEqual([[1, "retry"]]);
  scene.settled.clear();
  expect(await scene.deliver([claimOf(1, { attempts: 11 })])).toEqual([[1, "dead"]]);
});

it("waits as long as the downstream asks, if that is longer", async () => {
  const scene = laneScene({ answer: () => failed("dependency", { retryAfterMs: 90_000 }) });
  await scene.deliver([claimOf(1)]);
  expect(scene.settled.get(1)).toMatchObject({ delayMs: 90_000 });
});

it("is held where the call may have landed and must not twice", async () => {
  const scene = laneScene({
    options: { idempotent: false },
    answer: () => failed("dependency", { effect: "maybe" }),
  });
  expect(await scene.deliver([claimOf(1)])).toEqual([[1, "held"]]);
});
