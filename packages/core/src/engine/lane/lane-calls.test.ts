import { describe, expect, it, vi } from "vitest";
import type { SyncCall } from "../../contracts/sync-invoker.ts";
import type { FailureKind, Outcome } from "../../model/outcome.ts";
import { defaultTuning } from "../tuning.ts";
import {
  claimOf,
  claims,
  failed,
  failure,
  held,
  type LaneSetting,
  laneScene,
  settle,
  upTo,
} from "./testing/lane-scene.ts";

const inBatches = (setting: LaneSetting) => laneScene({ ...setting, options: { batch: 100, ...setting.options } });

it("settles what was accepted", async () => {
  const { deliver, calls } = inBatches({ answer: () => ({ status: "accepted" }) });
  expect(await deliver(claims(...upTo(3)))).toEqual([
    [1, "accepted"],
    [2, "accepted"],
    [3, "accepted"],
  ]);
  expect(calls).toEqual([[1, 2, 3]]);
});

describe("a batch refused as a whole", () => {
  it("is halved until the bad item stands alone, and the others are delivered once each", async () => {
    const { deliver, calls, settled } = inBatches({
      answer: (ids) => (ids.includes(13) ? failed("rejected") : { status: "accepted" }),
    });
    const ends = await deliver(claims(...upTo(64)));
    expect(ends.filter(([, result]) => result !== "accepted")).toEqual([[13, "dead"]]);
    expect(settled.get(13)).toMatchObject({ failure: { code: "test.rejected" } });
    expect(calls.length).toBeLessThanOrEqual(1 + 2 * Math.log2(64));
    const accepted = calls.filter((ids) => !ids.includes(13)).flat();
    expect(accepted.length).toBe(new Set(accepted).size);
  });

  it("is halved when it is too large, and what is too large alone is dead", async () => {
    const { deliver } = inBatches({
      answer: (ids) => (ids.length > 2 || ids.includes(5) ? failed("too-large") : { status: "accepted" }),
    });
    expect((await deliver(claims(...upTo(8)))).filter(([, result]) => result !== "accepted")).toEqual([[5, "dead"]]);
  });

  it("is not sent on in halves to a downstream that went away meanwhile", async () => {
    const { deliver, calls } = inBatches({
      options: { concurrency: 1 },
      answer: (ids) => (ids.length === 8 ? failed("rejected") : failed("throttled", { retryAfterMs: 60_000 })),
    });
    expect(new Set((await deliver(claims(...upTo(8)))).map(([, result]) => result))).toEqual(new Set(["released"]));
    expect(calls).toHaveLength(2);
  });
});

describe("outage is not poison", () => {
  it.each(["unavailable", "throttled", "unauthorized", "misconfigured", "cancelled"] as const)(
    "%s costs no item an attempt, not even its last",
    async (kind) => {
      const made = inBatches({
        answer: () => {
          if (kind === "cancelled") made.lane.abort("stopped");
          return failed(kind);
        },
      });
      expect(await made.deliver([claimOf(1, { attempts: 11 }), claimOf(2)])).toEqual([
        [1, "released"],
        [2, "released"],
      ]);
    },
  );

  it.each<FailureKind>(["cancelled", "odd" as never])(
    "%s counts where nobody cancelled: a transport that said it of every call would be asked for ever",
    async (kind) => {
      const { deliver, faults } = inBatches({ options: { batch: 1 }, answer: () => failed(kind) });
      expect(await deliver([claimOf(1)])).toEqual([[1, "retry"]]);
      expect(faults).toMatchObject([
        {
          part: "downstream d",
          member: "invoke",
          error: { message: expect.stringContaining("The transport reported") },
        },
      ]);
    },
  );

  it("transient counts: due again later, dead after the last attempt", async () => {
    const { deliver, settled } = inBatches({ answer: () => failed("transient") });
    expect(await deliver([claimOf(1, { attempts: 10 })])).toEqual([[1, "retry"]]);
    expect(settled.get(1)).toMatchObject({ delayMs: 150_000 });
    settled.clear();
    expect(await deliver([claimOf(1, { attempts: 11 })])).toEqual([[1, "dead"]]);
  });
});

describe("an item's own end", () => {
  it("partly accepted: only the listed ones fail, each by its kind", async () => {
    const { deliver } = inBatches({
      answer: () => ({
        status: "partial",
        failures: [
          { index: 1, failure: failure("rejected") },
          { index: 3, failure: failure("transient") },
        ],
      }),
    });
    expect((await deliver(claims(...upTo(4)))).map(([, result]) => result)).toEqual([
      "accepted",
      "dead",
      "accepted",
      "retry",
    ]);
  });

  it("unsendable: dead without being sent, the others go out at once under another id", async () => {
    const ids: string[] = [];
    const { deliver, calls } = inBatches({
      answer: (items, call) => {
        ids.push(call.callId);
        return items.includes(2)
          ? { status: "unsendable", failures: [{ index: 1, failure: failure("rejected") }] }
          : { status: "accepted" };
      },
    });
    expect((await deliver(claims(...upTo(3)))).map(([, result]) => result)).toEqual(["accepted", "dead", "accepted"]);
    expect(calls).toEqual([
      [1, 2, 3],
      [1, 3],
    ]);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it("unsendable: the others go back where another call has opened the circuit meanwhile", async () => {
    const first = held<Outcome>();
    const { lane, results, calls } = laneScene({
      options: { batch: 3, concurrency: 2 },
      answer: (ids) => (ids.includes(1) ? first.wait() : failed("throttled", { retryAfterMs: 60_000 })),
    });
    lane.accept(claims(1, 2, 3, 4), 0);
    await vi.waitFor(() => expect(lane.snapshot.circuit).toBe("open"));
    first.release({ status: "unsendable", failures: [{ index: 1, failure: failure("rejected") }] });
    await lane.whenIdle();
    expect(results()).toEqual([
      [1, "released"],
      [2, "dead"],
      [3, "released"],
      [4, "released"],
    ]);
    expect(calls).toEqual([[1, 2, 3], [4]]);
  });
});

describe("idempotent: false", () => {
  it.each(["unavailable", "transient", "cancelled"] as const)(
    "%s with effect maybe is held for a person",
    async (kind) => {
      const { deliver } = inBatches({
        options: { idempotent: false },
        answer: () => failed(kind, { effect: "maybe" }),
      });
      expect(await deliver(claims(1))).toEqual([[1, "held"]]);
    },
  );

  it("what certainly had no effect is sent again", async () => {
    const { deliver } = inBatches({ options: { idempotent: false }, answer: () => failed("unavailable") });
    expect(await deliver(claims(1))).toEqual([[1, "released"]]);
  });
});

describe("the lane's circuit", () => {
  it("opens after five unavailable answers in a row, lets one probe through, closes on success", async () => {
    let up = false;
    const { deliver, lane, clock, seen } = inBatches({
      answer: () => (up ? { status: "accepted" } : failed("unavailable")),
    });
    for (let id = 1; id <= 4; id += 1) await deliver(claims(id));
    expect(lane.snapshot.circuit).toBe("closed");
    await deliver(claims(5));
    expect(lane.snapshot.circuit).toBe("open");
    clock.now += defaultTuning.breakerMaxOpenMs;
    expect(lane.snapshot.circuit).toBe("half-open");
    up = true;
    await deliver(claims(6));
    expect(lane.snapshot.circuit).toBe("closed");
    expect(seen).toEqual(["circuitOpened", "circuitClosed", "delivered"]);
  });

  it("keeps a lane closed as long as the item that asks for most, where all of a call are throttled", async () => {
    const { deliver, lane, clock } = inBatches({
      answer: (ids) => ({
        status: "partial",
        failures: ids.map((_, index) => ({
          index,
          failure: { ...failure("throttled"), retryAfterMs: index === 1 ? 90_000 : 1_000 },
        })),
      }),
    });
    await deliver(claims(1, 2, 3));
    clock.now += 89_000;
    expect(lane.snapshot.circuit).toBe("open");
  });

  it("keeps a throttled lane closed at least as long as the downstream asked", async () => {
    const { deliver, lane, clock } = inBatches({ answer: () => failed("throttled", { retryAfterMs: 7_000 }) });
    await deliver(claims(1));
    clock.now += 6_999;
    expect(lane.snapshot.circuit).toBe("open");
  });

  it("does not believe a Retry-After of a year", async () => {
    const { deliver, lane, clock } = inBatches({ answer: () => failed("throttled", { retryAfterMs: 3.15e10 }) });
    await deliver(claims(1));
    clock.now += defaultTuning.maxRetryAfterMs;
    expect(lane.snapshot.circuit).toBe("half-open");
  });

  it("holds the whole downstream when it refuses our credentials, until a probe passes", async () => {
    let password = "old";
    const { deliver, lane, clock, seen } = inBatches({
      answer: () => (password === "new" ? { status: "accepted" } : failed("unauthorized")),
    });
    await deliver(claims(1));
    expect([lane.snapshot.circuit, seen]).toEqual(["open", ["downstreamSuspended"]]);
    clock.now += defaultTuning.unauthorizedProbeMs;
    password = "new";
    await deliver(claims(2));
    expect([lane.snapshot.circuit, seen]).toEqual([
      "closed",
      ["downstreamSuspended", "downstreamResumed", "delivered"],
    ]);
  });
});

it("starts no call that could outlast its lease", async () => {
  const { deliver, calls } = inBatches({ answer: () => ({ status: "accepted" }) });
  expect(await deliver(claims(...upTo(2)), 59_000)).toEqual([]);
  expect(calls).toEqual([]);
});

/** What a transport reports of a call that nobody answers. */
const hang = (signal: AbortSignal) =>
  new Promise<Outcome>((resolve) => {
    signal.addEventListener("abort", () => resolve(failed("unavailable", { effect: "maybe" })));
  });

describe("a call that reaches its deadline", () => {
  const options = { batch: 1, timeoutMs: 20 };

  it("costs its item nothing while nobody else is answered either, however often", async () => {
    const { deliver, settled } = inBatches({ options, answer: (_, __, signal) => hang(signal) });
    for (let time = 0; time < 4; time += 1) {
      settled.clear();
      expect(await deliver(claims(1))).toEqual([[1, "released"]]);
    }
  });

  it("counts against its item when others were answered meanwhile", async () => {
    const { deliver, calls, lane } = inBatches({
      options,
      answer: ([id], _, signal) => (id === 1 ? hang(signal) : { status: "accepted" }),
    });
    const hanging = deliver(claims(1));
    await deliver(claims(2));
    expect(await hanging).toEqual([
      [1, "retry"],
      [2, "accepted"],
    ]);
    expect([calls, lane.snapshot.circuit]).toEqual([[[1], [2]], "closed"]);
  });

  it("counts against its item the next time, when others were answered in between", async () => {
    const { deliver, settled } = inBatches({
      options,
      answer: ([id], _, signal) => (id === 1 ? hang(signal) : { status: "accepted" }),
    });
    expect(await deliver(claims(1))).toEqual([[1, "released"]]);
    await deliver(claims(2));
    settled.clear();
    expect(await deliver(claims(1))).toEqual([[1, "retry"]]);
    settled.clear();
    expect(await deliver([claimOf(1, { attempts: 11 })]), "nobody was answered since").toEqual([[1, "released"]]);
    await deliver(claims(3));
    settled.clear();
    expect(await deliver([claimOf(1, { attempts: 11 })])).toEqual([[1, "dead"]]);
  });

  it("is halved as a batch, until the item that hangs stands alone", async () => {
    const { deliver, calls } = inBatches({
      options: { batch: 4, timeoutMs: 20 },
      answer: (ids, _, signal) => (ids.includes(3) ? hang(signal) : { status: "accepted" }),
    });
    const hanging = deliver(claims(1, 2, 3, 4));
    await deliver(claims(5));
    expect(await hanging).toEqual([
      [1, "accepted"],
      [2, "accepted"],
      [3, "retry"],
      [4, "accepted"],
      [5, "accepted"],
    ]);
    expect(calls).toEqual([[1, 2, 3, 4], [5], [1, 2], [3, 4], [3], [4]]);
  });

  it("holds an item that must not be sent twice, whoever is to blame", async () => {
    const { deliver } = inBatches({
      options: { ...options, idempotent: false },
      answer: ([id], _, signal) => (id === 1 ? hang(signal) : { status: "accepted" }),
    });
    const hanging = deliver(claims(1));
    await deliver(claims(2));
    expect(await hanging).toContainEqual([1, "held"]);
  });
});

describe("the halves of a batch", () => {
  const poisoned = (ids: readonly number[]): Outcome => (ids.includes(1) ? failed("rejected") : { status: "accepted" });

  it("keep the rate: each waits for its turn, and takes one", async () => {
    const { lane, calls, clock } = laneScene({ options: { batch: 2, rate: { perSecond: 100 } }, answer: poisoned });
    lane.accept(claims(1, 2), 0);
    await settle();
    expect(calls).toEqual([[1, 2]]);
    clock.now += 10;
    await vi.waitFor(() => expect(calls).toEqual([[1, 2], [1]]));
    await settle();
    expect(calls).toHaveLength(2);
    clock.now += 10;
    await vi.waitFor(() => expect(calls).toEqual([[1, 2], [1], [2]]));
    await lane.whenIdle();
  });

  it("go back when the lane retires while they wait", async () => {
    const { lane, calls, results } = laneScene({ options: { batch: 2, rate: { perSecond: 0.01 } }, answer: poisoned });
    lane.accept(claims(1, 2), 0);
    await settle();
    expect(lane.retire()).toBe(2);
    await lane.whenIdle();
    expect(results()).toEqual([
      [1, "released"],
      [2, "released"],
    ]);
    expect(calls).toEqual([[1, 2]]);
  });
});

it("fires no signal of a call that has ended, and has a new one for each call", async () => {
  const given: AbortSignal[] = [];
  const answer = (_: readonly number[], __: SyncCall, signal: AbortSignal): Outcome => {
    expect(signal.aborted).toBe(false);
    given.push(signal);
    if (given.length === 2) made.lane.abort("stopped");
    return { status: "accepted" };
  };
  const made = inBatches({ options: { batch: 1 }, answer });
  await made.deliver(claims(1));
  made.lane.abort("after its end");
  expect(given.map(({ aborted }) => aborted)).toEqual([false]);
  await made.deliver(claims(2));
  await made.deliver(claims(3));
  expect(given.map(({ aborted }) => aborted)).toEqual([false, true, false]);
});
