import { describe, expect, it, vi } from "vitest";
import { ReadBudget } from "../read/read-budget.ts";
import { claimOf, claims, held, kib, type LaneSetting, laneScene, mib, settle, upTo } from "./testing/lane-scene.ts";

/** A lane whose downstream takes what it is sent once `deliverAll` says so. */
function readingLane(setting: Omit<LaneSetting, "answer">) {
  const sent = held<{ readonly status: "accepted" }>();
  const scene = laneScene({
    ...setting,
    options: { concurrency: 1_000, ...setting.options },
    answer: () => sent.wait(),
  });
  let taken = 0;
  /** The ids that were read and sent since the last time. */
  const parcels = () => scene.calls.slice(taken).flat();
  const deliverAll = () => {
    taken = scene.calls.length;
    sent.release({ status: "accepted" });
  };
  const add = (...ids: readonly number[]) => scene.lane.accept(claims(...ids), 0);
  return { ...scene, add, parcels, deliverAll, sent };
}

describe("a lane's reads", () => {
  it("take as many keys at once as the limit says, while they are small", async () => {
    const { add, reads, parcels } = readingLane({ bytes: () => 100, tuning: { readLimit: 50 } });
    add(...upTo(120));
    await settle();
    expect(reads.map(({ ids }) => ids.length)).toEqual([50, 50, 20]);
    expect(parcels()).toEqual(upTo(120));
  });

  it("hold no more than the lane's share, and go on when some of it has been delivered", async () => {
    const { add, parcels, lane, deliverAll } = readingLane({ bytes: () => 100 * kib });
    add(...upTo(40));
    const seen: number[] = [];
    while (lane.inHand > 0) {
      await settle();
      const sent = parcels();
      expect(sent.length * 100 * kib).toBeLessThanOrEqual(mib);
      seen.push(...sent);
      deliverAll();
      await settle();
    }
    expect(seen.sort((a, b) => a - b)).toEqual(upTo(40));
  });

  it("shrink to what fits where rows are wide, instead of being cut short again and again", async () => {
    const { add, reads, lane, deliverAll } = readingLane({ bytes: () => 20 * kib });
    add(...upTo(400));
    while (lane.inHand > 0) {
      await settle();
      deliverAll();
    }
    const wasted = reads.filter(({ ids, maxBytes }) => ids.length * 20 * kib > maxBytes);
    expect(wasted.length).toBeLessThan(reads.length / 3);
    expect(reads.length).toBeLessThan(40);
  });

  it("grow again when the wide rows are past", async () => {
    const { add, reads, lane, deliverAll } = readingLane({
      bytes: (id) => (id <= 10 ? 400 * kib : 10),
      tuning: { readLimit: 100 },
    });
    add(...upTo(10_000));
    while (lane.inHand > 0) {
      await settle();
      deliverAll();
    }
    expect(reads.at(-2)?.ids).toHaveLength(100);
  });
});

describe("a row beyond the lane's share", () => {
  const shared = () => new ReadBudget({ bufferBytes: 2 * mib, maxItemBytes: 64 * mib, lanes: () => 2 });
  const large = (budget: ReadBudget) => readingLane({ bytes: () => 3 * mib, budget });

  it("is read alone, and all others go on beside it", async () => {
    const { add, parcels, deliverAll, lane } = readingLane({ bytes: (id) => (id === 3 ? 5 * mib : 10 * kib) });
    add(...upTo(8));
    await settle();
    expect(parcels().sort((a, b) => a - b)).toEqual(upTo(8));
    deliverAll();
    await lane.whenIdle();
  });

  it("is a dead letter by name when it has more bytes than an item may have", async () => {
    const maxItemBytes = 4 * mib;
    const { add, parcels, settled } = readingLane({
      bytes: (id) => (id === 3 ? 5 * mib : 10),
      tuning: { maxItemBytes },
    });
    add(...upTo(8));
    await settle();
    expect(parcels().sort((a, b) => a - b)).toEqual([1, 2, 4, 5, 6, 7, 8]);
    expect([...settled.values()]).toMatchObject([
      { result: "dead", claim: { id: "3" }, failure: { kind: "too-large", code: "item.too-large" } },
    ]);
  });

  it("waits until no other lane of the worker holds one, and then has its turn", async () => {
    const budget = shared();
    const [one, other] = [large(budget), large(budget)];
    one.add(1, 2, 3);
    await settle();
    other.add(4);
    const order: number[] = [];
    while (order.length < 4) {
      await settle();
      const now = [...one.parcels(), ...other.parcels()];
      expect(now).toHaveLength(1);
      order.push(...now);
      one.deliverAll();
      other.deliverAll();
    }
    // First come, first served, and none has two turns while another waits.
    expect(order).toEqual([1, 4, 2, 3]);
  });

  it("gives its turn to the next when its lease is lost", async () => {
    const budget = shared();
    const [one, other] = [large(budget), large(budget)];
    const taken = vi.spyOn(one.leases, "take");
    one.add(1);
    other.add(2);
    await settle();
    expect(other.parcels()).toEqual([]);
    one.lane.leaseLost(taken.mock.results[0]?.value, "taken");
    await settle();
    expect(other.parcels()).toEqual([2]);
  });

  it("gives its turn to the next when its lane retires while it is being read", async () => {
    const budget = shared();
    const reading = held<void>();
    const one = readingLane({ bytes: () => 3 * mib, budget, read: () => reading.wait() });
    const other = large(budget);
    one.add(1);
    await settle();
    reading.release();
    await vi.waitFor(() => expect(one.reads).toHaveLength(2));
    other.add(2);
    await settle();
    one.lane.retire();
    expect(other.parcels()).toEqual([]);
    reading.release();
    await one.lane.whenIdle();
    expect(one.results()).toEqual([[1, "released"]]);
    await settle();
    expect(other.parcels()).toEqual([2]);
  });

  it("goes back when its lane retires before its turn", async () => {
    const budget = shared();
    const [one, other] = [large(budget), large(budget)];
    one.add(1);
    other.add(2);
    await settle();
    expect(other.lane.retire()).toBe(1);
    await other.lane.whenIdle();
    expect(other.results()).toEqual([[2, "released"]]);
  });
});

describe("keys whose leases are being written", () => {
  const keysOf = (...ids: readonly number[]) => ids.map((id) => claimOf(id).key);
  const leasing = () => {
    const made = laneScene({ tuning: { readLimit: 10 }, options: { concurrency: 100 } });
    const lease = (token: string, ...ids: readonly number[]) =>
      made.lane.accept(
        ids.map((id) => claimOf(id, { token })),
        0,
      );
    const early = (token: string, ...ids: readonly number[]) => made.lane.readEarly(keysOf(...ids), token);
    return { ...made, lease, early, readIds: () => made.reads.map(({ ids }) => ids) };
  };

  it("are read meanwhile, and what was read is used when they come, be it for fewer", async () => {
    const { early, lease, readIds, calls } = leasing();
    lease("first", 1);
    await settle();
    early("second", 2, 3, 4);
    await settle();
    expect(readIds()).toEqual([[1], [2, 3, 4]]);
    lease("second", 4, 2);
    await settle();
    expect(calls.flat()).toEqual([1, 4, 2]);
    expect(readIds()).toEqual([[1], [2, 3, 4]]);
  });

  it("are used when they come before the read has ended, too", async () => {
    const reading = held<void>();
    const made = laneScene({ read: (ids) => (ids.includes(1) ? Promise.resolve() : reading.wait()) });
    made.lane.accept(claims(1), 0);
    await settle();
    made.lane.readEarly(keysOf(2, 3), "second");
    made.lane.accept([claimOf(3, { token: "second" })], 0);
    await settle();
    expect(made.calls).toEqual([[1]]);
    reading.release();
    await made.lane.whenIdle();
    expect(made.calls).toEqual([[1], [3]]);
    expect(made.reads.map(({ ids }) => ids)).toEqual([[1], [2, 3]]);
  });

  it("are read again for another lease, which may know of newer changes", async () => {
    const { early, lease, readIds } = leasing();
    lease("first", 1);
    await settle();
    early("second", 2);
    lease("third", 2);
    await settle();
    expect(readIds()).toEqual([[1], [2], [2]]);
  });

  it("are read as a whole with others that came with them", async () => {
    const { early, lease, readIds } = leasing();
    lease("first", 1);
    await settle();
    early("second", 2);
    lease("second", 2, 3);
    await settle();
    expect(readIds()).toEqual([[1], [2], [2, 3]]);
  });

  it("are not read early before any lease came, nor after one that did not: a paused strategy gets none", async () => {
    const { early, lease, readIds } = leasing();
    early("first", 1);
    await settle();
    expect(readIds()).toEqual([]);
    lease("first", 1);
    await settle();
    early("second", 2);
    early("third", 2);
    early("fourth", 2);
    await settle();
    expect(readIds()).toEqual([[1], [2]]);
  });

  it("are not read early while others are, nor beyond what one read may bring", async () => {
    const { early, lease, readIds } = leasing();
    lease("first", 1);
    early("second", 2);
    await settle();
    early("third", ...upTo(11));
    await settle();
    expect(readIds()).toEqual([[1]]);
  });

  it("are read by nobody once the lane has retired", async () => {
    const { lane, early, lease, readIds } = leasing();
    lease("first", 1);
    await settle();
    lane.retire();
    early("second", 2);
    await settle();
    expect(readIds()).toEqual([[1]]);
  });
});

describe("a claim whose lease had lapsed", () => {
  const lapsed = () => claimOf(1, { lapsed: true, attempts: 1 });

  it("is held for a person, unread, where sending again may do harm", async () => {
    const { deliver, settled, reads } = laneScene({ options: { idempotent: false } });
    await deliver([lapsed(), claimOf(2)]);
    expect(settled.get(1)).toMatchObject({ result: "held", failure: { code: "lease.lapsed", effect: "maybe" } });
    expect(settled.get(2)).toMatchObject({ result: "accepted" });
    expect(reads.map(({ ids }) => ids)).toEqual([[2]]);
  });

  it("is held even by a lane that has retired, since putting it back would hide that it lapsed", async () => {
    const { lane, deliver } = laneScene({ options: { idempotent: false } });
    lane.retire();
    expect(await deliver([lapsed(), claimOf(2)])).toEqual([
      [1, "held"],
      [2, "released"],
    ]);
  });

  it("of a shadow can have been sent by nobody", async () => {
    const { deliver } = laneScene({ options: { idempotent: false, mode: "shadow" } });
    expect(await deliver([lapsed()])).toEqual([[1, "accepted"]]);
  });

  it("is sent again where that does no harm", async () => {
    const { deliver } = laneScene();
    expect(await deliver([lapsed()])).toEqual([[1, "accepted"]]);
  });

  it("is a dead letter once no attempt is left", async () => {
    const { deliver, settled } = laneScene();
    const { maxAttempts } = laneScene().lane.strategy.retry;
    await deliver([claimOf(1, { lapsed: true, attempts: maxAttempts })]);
    expect(settled.get(1)).toMatchObject({ result: "dead", failure: { code: "lease.lapsed" } });
  });
});

it("a lane that holds its full share does not keep another from reading", async () => {
  const budget = new ReadBudget({ bufferBytes: 2 * mib, maxItemBytes: 64 * mib, lanes: () => 2 });
  const full = readingLane({ bytes: () => 200 * kib, budget });
  const other = readingLane({ bytes: () => 200 * kib, budget });
  full.add(...upTo(20));
  await settle();
  expect(full.lane.snapshot.reading).toBeGreaterThan(0);
  other.add(...upTo(3));
  await settle();
  expect(other.parcels()).toHaveLength(3);
});

it("a read that ignores its signal does not keep a lane that is ended", async () => {
  const { lane, results } = laneScene({ read: () => new Promise(() => {}) });
  lane.accept(claims(1), 0);
  await settle();
  lane.retire();
  lane.abort("stopped");
  await lane.whenIdle();
  expect(results()).toEqual([[1, "released"]]);
});
