import { describe, expect, it } from "vitest";
import type { FailureKind, Outcome } from "../../model/outcome.ts";
import { defaultTuning } from "../tuning.ts";
import { claimOf, claims, failed, failure, type LaneSetting, laneScene, upTo } from "./testing/lane-scene.ts";

const accepted: Outcome = { status: "accepted" };

/** A lane that sends one after the other, by what is to be done with the ids of a call. */
function scene(answer: NonNullable<LaneSetting["answer"]>, setting: LaneSetting = {}) {
  const made = laneScene({ ...setting, options: { concurrency: 1, ...setting.options }, answer });
  /** What becomes of these, each by itself, as if they had this many attempts behind them. */
  const send = async (ids: readonly number[], attempts = 0) => {
    const ends = [];
    for (const id of ids) {
      made.settled.delete(id);
      await made.deliver([claimOf(id, { attempts })]);
      ends.push(made.settled.get(id)?.result);
    }
    return ends;
  };
  const circuit = () => made.lane.snapshot.circuit;
  /** Lets its time pass. */
  const wait = () => {
    made.clock.now += defaultTuning.misconfiguredProbeMs * 2;
  };
  return { ...made, send, circuit, wait };
}

const times = <Value>(count: number, value: Value) => Array<Value>(count).fill(value);

describe("a failure of the server's that comes for one item after the other", () => {
  it("is an outage: the circuit opens, and no item is charged from then on, nor by a probe", async () => {
    const { send, circuit, wait, seen } = scene(() => failed("transient"));
    expect(await send(upTo(4))).toEqual(times(4, "retry"));
    expect(circuit()).toBe("closed");
    expect(await send([5])).toEqual(["released"]);
    expect([circuit(), seen]).toEqual(["open", ["circuitOpened"]]);
    for (const id of [6, 7, 1, 2]) {
      wait();
      expect(await send([id], 11)).toEqual(["released"]);
      expect(circuit()).toBe("open");
    }
  });

  it("is one whatever it is called, and by turns", async () => {
    const kinds: FailureKind[] = ["transient", "unavailable", "misconfigured", "transient", "unavailable"];
    const { send, circuit } = scene(([id = 0]) => (id === 9 ? accepted : failed(kinds[id - 1] ?? "transient")));
    await send([9]);
    expect(await send(upTo(5))).toEqual(["retry", "released", "released", "retry", "released"]);
    expect(circuit()).toBe("open");
  });

  it("is one where an answer says it of each item, and takes none", async () => {
    const say = (ids: readonly number[]): Outcome => ({
      status: "partial",
      failures: ids.map((_, index) => ({ index, failure: failure("transient") })),
    });
    const { deliver, circuit, settled } = scene(say, { options: { batch: 2 } });
    await deliver(claims(...upTo(8)));
    settled.clear();
    expect(await deliver([claimOf(9, { attempts: 11 }), claimOf(10, { attempts: 11 })])).toEqual([
      [9, "released"],
      [10, "released"],
    ]);
    expect(circuit()).toBe("open");
  });

  it("is none where it is one item that fails, however often", async () => {
    const { send, circuit } = scene(() => failed("transient"));
    expect(await send(times(11, 1))).toEqual(times(11, "retry"));
    expect(await send([1], 11)).toEqual(["dead"]);
    expect(circuit()).toBe("closed");
  });

  it("is none where others are accepted in between", async () => {
    const { send, circuit } = scene(([id = 0]) => (id % 3 === 0 ? accepted : failed("transient")));
    const ends = await send(upTo(30));
    expect(ends.filter((end) => end === "released")).toEqual([]);
    expect(circuit()).toBe("closed");
  });

  it("is none where only bad items are left, which failed before while others were accepted", async () => {
    const { send, circuit } = scene(([id = 0]) => (id > 100 ? accepted : failed("transient")));
    for (const id of upTo(8)) await send([id, 101, 102, id]);
    expect(await send(upTo(8), 10)).toEqual(times(8, "retry"));
    expect(await send(upTo(8), 11)).toEqual(times(8, "dead"));
    expect(circuit()).toBe("closed");
  });

  it("costs no item its last attempt before that item failed twice", async () => {
    const { send } = scene(() => failed("transient"), { options: { retry: { maxAttempts: 1 } } });
    expect(await send([1, 1])).toEqual(["released", "dead"]);
    const outage = scene(() => failed("transient"), { options: { retry: { maxAttempts: 1 } } });
    expect(await outage.send([...upTo(8), ...upTo(8)])).toEqual(times(16, "released"));
  });

  it("lets another probe follow soon where a probe fails in another way than the outage did", async () => {
    let answer = failed("unavailable");
    const { send, wait, lane, clock } = scene(() => answer);
    await send(upTo(5));
    for (const id of [6, 7, 8, 9]) {
      wait();
      await send([id]);
    }
    wait();
    answer = failed("transient");
    expect(await send([10])).toEqual(["released"]);
    clock.now += 1.1 * defaultTuning.breakerOpenMs;
    expect(lane.snapshot.circuit).toBe("half-open");
  });
});

describe.each(["unauthorized", "misconfigured", "unavailable"] as const)(
  "one item that alone is answered %s",
  (kind) => {
    const poisoned = (ids: readonly number[]) => (ids.includes(7) ? failed(kind) : accepted);

    it("waits a moment, and is charged when others were accepted since, for good and all", async () => {
      const { send, circuit, settled, seen } = scene(poisoned);
      expect(await send([1, 7])).toEqual(["accepted", "released"]);
      expect(settled.get(7)).toMatchObject({ delayMs: defaultTuning.breakerOpenMs / 4 });
      await send(upTo(6));
      await send(upTo(6));
      expect(await send([7])).toEqual(["retry"]);
      const isLasting = kind !== "unavailable";
      expect(await send([7, 7])).toEqual(times(2, isLasting ? "retry" : "released"));
      expect(await send([...upTo(6), ...upTo(6), 7], 11)).toEqual([...times(12, "accepted"), "dead"]);
      expect([circuit(), seen.filter((event) => event !== "delivered")]).toEqual(["closed", []]);
    });

    it("is told from the others of its batch, which are accepted", async () => {
      const { deliver, settled } = scene(poisoned, { options: { batch: 16 } });
      await deliver(claims(100));
      await deliver(claims(...upTo(16)));
      for (let id = 101; id < 111; id += 1) await deliver(claims(id));
      settled.clear();
      expect((await deliver(claims(...upTo(16)))).filter(([, end]) => end !== "accepted")).toEqual([[7, "retry"]]);
    });

    it("is charged where an answer tells it of this item, and takes the others", async () => {
      const { deliver, settled } = scene(
        (ids) => {
          const index = ids.indexOf(7);
          return index < 0 ? accepted : { status: "partial", failures: [{ index, failure: failure(kind) }] };
        },
        { options: { batch: 4 } },
      );
      // Who takes the others of a call lets us in, and has an interface there: that it does not know 7 is 7's own.
      expect(await deliver(claims(1, 7, 2))).toContainEqual([7, kind === "unavailable" ? "released" : "retry"]);
      for (let id = 101; id < 111; id += 1) await deliver(claims(id));
      settled.clear();
      expect(await deliver(claims(3, 7, 4))).toContainEqual([7, "retry"]);
    });

    it("is a dead letter in the end where it was told of among others, though it comes alone from then on", async () => {
      const { deliver, send, circuit, seen } = scene(
        (ids) => {
          const index = ids.indexOf(7);
          return index < 0 ? accepted : { status: "partial", failures: [{ index, failure: failure(kind) }] };
        },
        { options: { batch: 4 } },
      );
      await deliver(claims(1, 7, 2));
      if (kind === "unavailable") return;
      expect(await send(times(10, 7))).toEqual(times(10, "retry"));
      expect(await send([7], 11)).toEqual(["dead"]);
      expect([circuit(), seen.includes("circuitOpened")]).toEqual(["closed", false]);
    });

    it("costs nothing where everybody is answered so, and opens the circuit", async () => {
      let isWell = true;
      const { send, circuit, wait } = scene(() => (isWell ? accepted : failed(kind)));
      await send(upTo(100));
      isWell = false;
      expect(await send([...upTo(5), 1, 2], 11)).toEqual(times(7, "released"));
      expect(circuit()).toBe("open");
      wait();
      expect(await send([3], 11)).toEqual(["released"]);
      expect(circuit()).toBe("open");
      wait();
      isWell = true;
      expect(await send([4, 5])).toEqual(["accepted", "accepted"]);
      expect(circuit()).toBe("closed");
    });

    it("lets another item alone be the probe, though it fails in each batch", async () => {
      const { deliver, circuit, wait, lane, settled } = scene(poisoned, { options: { batch: 16 } });
      for (let time = 0; time < 5; time += 1) {
        await deliver(claims(...upTo(16)));
        settled.clear();
      }
      expect(circuit()).toBe("open");
      wait();
      expect(lane.room).toBe(1);
      await deliver(claims(1));
      expect([circuit(), lane.room]).toEqual(["closed", 16 * 2]);
    });
  },
);

it.each(["unauthorized", "misconfigured"] as const)(
  "takes the first call that is answered %s for an outage where nothing was ever accepted",
  async (kind) => {
    const { send, circuit, wait } = scene(([id]) => (id === 7 ? failed(kind) : accepted));
    expect(await send([7])).toEqual(["released"]);
    expect(circuit()).toBe("open");
    wait();
    expect(await send([1, 7])).toEqual(["accepted", "retry"]);
    expect(circuit()).toBe("closed");
  },
);

it("charges nobody for a part of the downstream that is away, while the other parts work", async () => {
  const { send } = scene(([id = 0]) => (id % 5 === 0 ? failed("unavailable") : accepted));
  const some = upTo(50);
  const ends = [...(await send(some)), ...(await send(some)), ...(await send(some))];
  expect(new Set(ends)).toEqual(new Set(["accepted", "released"]));
});

describe("refused credentials, with two strategies at the downstream", () => {
  /** The second one's calls pass. */
  const two = () => {
    const first = scene((_, { strategy }) => (strategy === "first" ? failed("unauthorized") : accepted), {
      name: "first",
    });
    return { first, second: scene(() => accepted, { name: "second", downstream: first.downstream }) };
  };

  it("are the item's fault where the other strategy's calls pass", async () => {
    const { first, second } = two();
    await second.send([1]);
    expect(await first.send([7])).toEqual(["released"]);
    await second.send([2]);
    expect(await first.send([7])).toEqual(["retry"]);
    expect([first.circuit(), second.circuit()]).toEqual(["closed", "closed"]);
  });

  it("hold only the strategy that they are refused to, if that is for every item of it", async () => {
    const { first, second } = two();
    await second.send([1]);
    for (const id of upTo(5)) {
      await first.send([id], 11);
      await second.send([id]);
    }
    expect([first.circuit(), second.circuit()]).toEqual(["open", "closed"]);
    expect(first.lane.trouble?.failure.kind).toBe("unauthorized");
    expect(first.results()).toEqual(upTo(5).map((id) => [id, "released"]));
    expect(second.downstream.trouble).toBeUndefined();
  });

  it("let the other strategy probe first, whose calls may pass", async () => {
    const { first, second } = two();
    await first.send([7]);
    expect([first.circuit(), second.circuit()]).toEqual(["open", "open"]);
    const forMs = second.downstream.suspendedMs(0, "second");
    for (const { clock } of [first, second]) clock.now += forMs;
    expect([first.circuit(), second.circuit()]).toEqual(["open", "half-open"]);
    await second.send([1]);
    expect([first.circuit(), second.circuit()]).toEqual(["closed", "closed"]);
  });
});

describe("a batch that fails because of one item", () => {
  const poisoned = (ids: readonly number[]) => (ids.includes(13) ? failed("transient") : accepted);

  it("is divided before an attempt that would be its items' last", async () => {
    const { deliver, settled, calls } = scene(poisoned, { options: { batch: 64, retry: { maxAttempts: 3 } } });
    for (const attempts of [0, 1, 2]) {
      settled.clear();
      await deliver(upTo(64).map((id) => claimOf(id, { attempts })));
    }
    const ends = [...settled].filter(([, { result }]) => result !== "accepted");
    expect(ends.map(([id, { result }]) => [id, result])).toEqual([[13, "dead"]]);
    expect(calls.length).toBeLessThanOrEqual(3 + 2 * Math.log2(64));
  });

  it("is divided at once when others were accepted since it failed, and costs them nothing", async () => {
    const { deliver, settled } = scene(poisoned, { options: { batch: 8 } });
    await deliver(claims(...upTo(8).map((id) => id + 8)));
    await deliver(claims(1));
    settled.clear();
    const ends = await deliver(claims(...upTo(8).map((id) => id + 8)));
    expect(ends.filter(([, end]) => end !== "accepted")).toEqual([[13, "retry"]]);
  });

  it("is not sent on in parts before the time that the downstream asks for", async () => {
    const asking: Outcome = {
      status: "failed",
      failure: { ...failure("unavailable"), retryAfterMs: defaultTuning.breakerMaxOpenMs * 2 },
    };
    let answer: Outcome = asking;
    const { deliver, circuit, calls, settled, wait, lane } = scene(() => answer, { options: { batch: 2 } });
    await deliver([claimOf(1), claimOf(2)]);
    answer = accepted;
    await deliver([claimOf(3), claimOf(4)]);
    answer = asking;
    settled.clear();
    const before = calls.length;
    expect(await deliver([claimOf(1), claimOf(2)])).toEqual([
      [1, "released"],
      [2, "released"],
    ]);
    expect([calls.length - before, circuit()]).toEqual([1, "open"]);
    wait();
    expect(lane.room).toBe(1);
  });

  it("costs its items nothing when the downstream asks for a time, whoever is to blame", async () => {
    const asking = failed("transient", { retryAfterMs: 1_000 });
    const { deliver, settled, send, wait } = scene((ids) => (ids.includes(1) ? asking : accepted), {
      options: { batch: 2 },
    });
    // The first is known to be at fault.
    for (const ids of [[1], [3], [1], [4]]) {
      await send(ids);
      wait();
    }
    settled.clear();
    expect(await deliver([claimOf(1), claimOf(2)])).toEqual([
      [1, "released"],
      [2, "released"],
    ]);
  });

  it("is not divided in an outage, not even before the last attempt", async () => {
    const { deliver, settled, calls } = scene(() => failed("transient"), { options: { batch: 8 } });
    await deliver(claims(...upTo(40)));
    const before = calls.length;
    settled.clear();
    await deliver(upTo(8).map((id) => claimOf(id, { attempts: 11 })));
    expect([...settled.values()].map(({ result }) => result)).toEqual(times(8, "released"));
    expect(calls.length - before).toBe(0);
  });

  it("is not sent again where that may do harm", async () => {
    const { deliver, calls } = scene(() => failed("transient", { effect: "maybe" }), {
      options: { batch: 2, idempotent: false, retry: { maxAttempts: 1 } },
    });
    expect(await deliver(claims(1, 2))).toEqual([
      [1, "held"],
      [2, "held"],
    ]);
    expect(calls).toHaveLength(1);
  });
});
