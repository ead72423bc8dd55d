import { describe, expect, it } from "vitest";
import type { InvokeContext, SyncCall } from "../../contracts/sync-invoker.ts";
import { category, createDictionary } from "../../model/category.ts";
import type { Claim, Settlement } from "../../model/delivery.ts";
import type { Failure, Outcome } from "../../model/outcome.ts";
import { resolveStrategy } from "../../model/resolve-strategy.ts";
import type { StrategyOptions } from "../../model/strategy.ts";
import { EventHub, type PipelineEvents } from "../events.ts";
import { LeaseKeeper } from "../settle/leases.ts";
import { defaultTuning } from "../tuning.ts";
import { Courier } from "./courier.ts";
import { Downstream } from "./downstream.ts";
import { LaneGate } from "./lane-gate.ts";
import { packRows } from "./prepared-item.ts";

const order = category("order", { id: "integer" });

function claim(id: number, attempts = 0): Claim {
  const key = order.changed({ id }).key;
  return {
    id: String(id),
    strategy: "s",
    key,
    ordinal: "0",
    revision: "7",
    operation: "upsert",
    epoch: 0,
    lapsed: false,
    attempts,
    token: "t",
    firstRecordedAt: 0,
  };
}

const freely = { waitMs: () => 0, take: () => {} };

interface Setting {
  readonly options?: Partial<StrategyOptions>;
  readonly answer: (ids: readonly number[], call: SyncCall, signal: AbortSignal) => Outcome | Promise<Outcome>;
  readonly pace?: { waitMs(): number; take(): void };
  readonly releasesSignals?: boolean;
}

function courier({ options = {}, answer, pace = freely, releasesSignals = false }: Setting) {
  const definition = {
    name: "s",
    category: "order",
    query: "q",
    downstream: "d",
    path: "/",
    whenAbsent: "skip",
    batch: 100,
    ...options,
  };
  const resolved = resolveStrategy(definition, createDictionary([order]), "s");
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems));
  const { strategy } = resolved;
  const events = new EventHub(() => {});
  const seen: (keyof PipelineEvents)[] = [];
  for (const event of [
    "laneClosed",
    "laneOpened",
    "downstreamHeld",
    "downstreamReleased",
    "delivered",
    "error",
  ] as const) {
    events.on(event, () => seen.push(event));
  }
  const clock = { now: 0 };
  const now = () => clock.now;
  const calls: number[][] = [];
  const invoker = {
    releasesSignals,
    invoke: async (call: SyncCall, { signal }: InvokeContext) => {
      const ids = call.items.map((item) => Number(item.key.id));
      calls.push(ids);
      return answer(ids, call, signal);
    },
  };
  const downstream = new Downstream("d", invoker, {}, events, 0);
  const parts = { tuning: defaultTuning, events, now, random: () => 0.5 };
  const gate = new LaneGate({ ...parts, strategy: "s", downstream });
  const leases = new LeaseKeeper({ poller: {} as never, leaseMs: 60_000, now, onLost: () => {}, onError: () => {} });
  const settled = new Map<number, Settlement>();
  const made = new Courier({
    ...parts,
    strategy,
    downstream,
    gate,
    leases,
    pace,
    trace: () => ({}),
    settle: (parcel, settlement) => {
      expect(settled.has(Number(parcel.work.claim.id)), "settled twice").toBe(false);
      settled.set(Number(parcel.work.claim.id), settlement);
    },
  });
  const deliver = async (claims: readonly Claim[], ageMs = 0) => {
    await made.deliver(
      claims.map((each) =>
        packRows(strategy, leases.take(each, clock.now - ageMs), { id: Number(each.id) }, [{ id: Number(each.id) }]),
      ),
    );
    leases.close();
    return [...settled].sort(([a], [b]) => a - b).map(([id, settlement]) => [id, settlement.result] as const);
  };
  return { deliver, calls, settled, gate, seen, clock, abort: (reason: string) => made.abort(reason) };
}

const failure = (kind: Failure["kind"], more: Partial<Failure> = {}): Failure => ({
  kind,
  code: `test.${kind}`,
  message: kind,
  effect: "no",
  ...more,
});
const failed = (kind: Failure["kind"], more: Partial<Failure> = {}): Outcome => ({
  status: "failed",
  failure: failure(kind, more),
});
const claims = (count: number) => Array.from({ length: count }, (_, index) => claim(index + 1));

it("settles what was accepted", async () => {
  const { deliver, calls } = courier({ answer: () => ({ status: "accepted" }) });
  expect(await deliver(claims(3))).toEqual([
    [1, "accepted"],
    [2, "accepted"],
    [3, "accepted"],
  ]);
  expect(calls).toEqual([[1, 2, 3]]);
});

describe("a batch refused as a whole", () => {
  it("is halved until the bad item stands alone, and the others are delivered once each", async () => {
    const { deliver, calls, settled } = courier({
      answer: (ids) => (ids.includes(13) ? failed("rejected") : { status: "accepted" }),
    });
    const ends = await deliver(claims(64));
    expect(ends.filter(([, result]) => result !== "accepted")).toEqual([[13, "dead"]]);
    expect(settled.get(13)).toMatchObject({ failure: { code: "test.rejected" } });
    expect(calls.length).toBeLessThanOrEqual(1 + 2 * Math.log2(64));
    const accepted = calls.filter((ids) => !ids.includes(13)).flat();
    expect(accepted.length).toBe(new Set(accepted).size);
  });

  it("is halved when it is too large, and what is too large alone is dead", async () => {
    const { deliver } = courier({
      answer: (ids) => (ids.length > 2 || ids.includes(5) ? failed("too-large") : { status: "accepted" }),
    });
    expect((await deliver(claims(8))).filter(([, result]) => result !== "accepted")).toEqual([[5, "dead"]]);
  });

  it("is not sent on in halves to a downstream that went away meanwhile", async () => {
    const { deliver, calls } = courier({
      answer: (ids) => (ids.length === 8 ? failed("rejected") : failed("throttled", { retryAfterMs: 60_000 })),
    });
    expect(new Set((await deliver(claims(8))).map(([, result]) => result))).toEqual(new Set(["released"]));
    expect(calls).toHaveLength(2);
  });
});

describe("outage is not poison", () => {
  it.each(["unavailable", "throttled", "unauthorized", "misconfigured", "cancelled"] as const)(
    "%s costs no item an attempt, not even its last",
    async (kind) => {
      const { deliver } = courier({ answer: () => failed(kind) });
      expect(await deliver([claim(1, 11), claim(2)])).toEqual([
        [1, "released"],
        [2, "released"],
      ]);
    },
  );

  it("transient counts: due again later, dead after the last attempt", async () => {
    const { deliver, settled } = courier({ answer: () => failed("transient") });
    expect(await deliver([claim(1), claim(2, 11)])).toEqual([
      [1, "retry"],
      [2, "dead"],
    ]);
    expect(settled.get(1)).toMatchObject({ delayMs: 500 });
  });
});

describe("an item's own end", () => {
  it("partly accepted: only the listed ones fail, each by its kind", async () => {
    const { deliver } = courier({
      answer: () => ({
        status: "partial",
        failures: [
          { index: 1, failure: failure("rejected") },
          { index: 3, failure: failure("transient") },
        ],
      }),
    });
    expect((await deliver(claims(4))).map(([, result]) => result)).toEqual(["accepted", "dead", "accepted", "retry"]);
  });

  it("unsendable: dead without being sent, the others go out at once under another id", async () => {
    const ids: string[] = [];
    const { deliver, calls } = courier({
      answer: (items, call) => {
        ids.push(call.callId);
        return items.includes(2)
          ? { status: "unsendable", failures: [{ index: 1, failure: failure("rejected") }] }
          : { status: "accepted" };
      },
    });
    expect((await deliver(claims(3))).map(([, result]) => result)).toEqual(["accepted", "dead", "accepted"]);
    expect(calls).toEqual([
      [1, 2, 3],
      [1, 3],
    ]);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it("unsendable: the others go back where another call has shut the lane meanwhile", async () => {
    const made = courier({
      answer: () => {
        made.gate.failed(failure("throttled", { retryAfterMs: 60_000 }));
        return { status: "unsendable", failures: [{ index: 1, failure: failure("rejected") }] };
      },
    });
    expect((await made.deliver(claims(3))).map(([, result]) => result)).toEqual(["released", "dead", "released"]);
    expect(made.calls).toEqual([[1, 2, 3]]);
  });
});

describe("idempotent: false", () => {
  it.each(["unavailable", "transient", "cancelled"] as const)(
    "%s with effect maybe is held for a person",
    async (kind) => {
      const { deliver } = courier({ options: { idempotent: false }, answer: () => failed(kind, { effect: "maybe" }) });
      expect(await deliver([claim(1)])).toEqual([[1, "held"]]);
    },
  );

  it("what certainly had no effect is sent again", async () => {
    const { deliver } = courier({ options: { idempotent: false }, answer: () => failed("unavailable") });
    expect(await deliver([claim(1)])).toEqual([[1, "released"]]);
  });
});

describe("the lane's gate", () => {
  it("closes after five unavailable answers in a row, lets one probe through, opens on success", async () => {
    let up = false;
    const { deliver, gate, clock, seen } = courier({
      answer: () => (up ? { status: "accepted" } : failed("unavailable")),
    });
    for (let id = 1; id <= 4; id += 1) await deliver([claim(id)]);
    expect(gate.passage()).toBe("all");
    await deliver([claim(5)]);
    expect(gate.passage()).toBe("none");
    clock.now += gate.waitMs();
    expect(gate.passage()).toBe("one");
    up = true;
    await deliver([claim(6)]);
    expect(gate.passage()).toBe("all");
    expect(seen).toEqual(["laneClosed", "laneOpened", "delivered"]);
  });

  it("keeps a throttled lane closed at least as long as the downstream asked", async () => {
    const { deliver, gate } = courier({ answer: () => failed("throttled", { retryAfterMs: 7_000 }) });
    await deliver([claim(1)]);
    expect(gate.waitMs()).toBeGreaterThanOrEqual(7_000);
  });

  it("does not believe a Retry-After of a year", async () => {
    const { deliver, gate } = courier({ answer: () => failed("throttled", { retryAfterMs: 3.15e10 }) });
    await deliver([claim(1)]);
    expect(gate.waitMs()).toBeLessThanOrEqual(defaultTuning.maxRetryAfterMs);
  });

  it("holds the whole downstream when it refuses our credentials, until a probe passes", async () => {
    let password = "old";
    const { deliver, gate, clock, seen } = courier({
      answer: () => (password === "new" ? { status: "accepted" } : failed("unauthorized")),
    });
    await deliver([claim(1)]);
    expect([gate.passage(), seen]).toEqual(["none", ["downstreamHeld"]]);
    clock.now += defaultTuning.unauthorizedProbeMs;
    password = "new";
    await deliver([claim(2)]);
    expect([gate.passage(), seen]).toEqual(["all", ["downstreamHeld", "downstreamReleased", "delivered"]]);
  });
});

it("starts no call that could outlast its lease", async () => {
  const { deliver, calls } = courier({ answer: () => ({ status: "accepted" }) });
  expect(await deliver(claims(2), 59_000)).toEqual([]);
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
    const { deliver, settled } = courier({ options, answer: (_, __, signal) => hang(signal) });
    for (let time = 0; time < 4; time += 1) {
      settled.clear();
      expect(await deliver([claim(1)])).toEqual([[1, "released"]]);
    }
  });

  it("counts against its item when others were answered meanwhile", async () => {
    const { deliver, calls, gate } = courier({
      options,
      answer: ([id], _, signal) => (id === 1 ? hang(signal) : { status: "accepted" }),
    });
    const hanging = deliver([claim(1)]);
    await deliver([claim(2)]);
    expect(await hanging).toEqual([
      [1, "retry"],
      [2, "accepted"],
    ]);
    expect([calls, gate.passage()]).toEqual([[[1], [2]], "all"]);
  });

  it("counts against its item the next time, when others were answered in between", async () => {
    const { deliver, settled } = courier({
      options,
      answer: ([id], _, signal) => (id === 1 ? hang(signal) : { status: "accepted" }),
    });
    expect(await deliver([claim(1)])).toEqual([[1, "released"]]);
    await deliver([claim(2)]);
    settled.clear();
    expect(await deliver([claim(1)])).toEqual([[1, "retry"]]);
    settled.clear();
    expect(await deliver([claim(1, 11)]), "nobody was answered since").toEqual([[1, "released"]]);
    await deliver([claim(3)]);
    settled.clear();
    expect(await deliver([claim(1, 11)])).toEqual([[1, "dead"]]);
  });

  it("is halved as a batch, until the item that hangs stands alone", async () => {
    const { deliver, calls, settled } = courier({
      options: { batch: 4, timeoutMs: 20 },
      answer: (ids, _, signal) => (ids.includes(3) ? hang(signal) : { status: "accepted" }),
    });
    const hanging = deliver([1, 2, 3, 4].map((id) => claim(id)));
    await deliver([claim(5)]);
    // Nobody was answered between the last two calls in vain: an outage might have begun there.
    expect(await hanging).toEqual([
      [1, "accepted"],
      [2, "accepted"],
      [3, "released"],
      [4, "accepted"],
      [5, "accepted"],
    ]);
    expect(calls).toEqual([[1, 2, 3, 4], [5], [1, 2], [3, 4], [3], [4]]);
    settled.clear();
    expect(await deliver([claim(3)])).toEqual([[3, "retry"]]);
  });

  it("holds an item that must not be sent twice, whoever is to blame", async () => {
    const { deliver } = courier({
      options: { ...options, idempotent: false },
      answer: ([id], _, signal) => (id === 1 ? hang(signal) : { status: "accepted" }),
    });
    const hanging = deliver([claim(1)]);
    await deliver([claim(2)]);
    expect(await hanging).toContainEqual([1, "held"]);
  });
});

describe("the halves of a batch", () => {
  const poisoned = (ids: readonly number[]): Outcome => (ids.includes(1) ? failed("rejected") : { status: "accepted" });

  it("keep the rate: each waits for its turn, and takes one", async () => {
    let taken = 0;
    let waits = 3;
    const pace = {
      waitMs: () => (waits-- > 0 ? 1 : 0),
      take: () => {
        taken += 1;
      },
    };
    const { deliver, calls } = courier({ answer: poisoned, pace });
    await deliver([claim(1), claim(2)]);
    expect(calls).toEqual([[1, 2], [1], [2]]);
    expect([taken, waits < 0]).toEqual([2, true]);
  });

  it("go back when all calls are ended while they wait", async () => {
    const { deliver, calls, abort } = courier({
      answer: poisoned,
      pace: {
        waitMs: () => {
          setImmediate(() => abort("stopped"));
          return 60_000;
        },
        take: () => {},
      },
    });
    expect(await deliver([claim(1), claim(2)])).toEqual([
      [1, "released"],
      [2, "released"],
    ]);
    expect(calls).toEqual([[1, 2]]);
  });
});

describe("gives the signal of a call that has ended to a later one", () => {
  /** How many signals two calls, one after the other, were given. */
  async function signals(releasesSignals: boolean, use: (signal: AbortSignal) => Outcome) {
    const given = new Set<AbortSignal>();
    const answer = (_: readonly number[], __: SyncCall, signal: AbortSignal) => {
      given.add(signal);
      return use(signal);
    };
    const made = courier({ options: { batch: 1 }, answer, releasesSignals });
    await made.deliver([claim(1)]);
    await made.deliver([claim(2)]);
    return given;
  }
  const accepted: Outcome = { status: "accepted" };

  it("where the transport says that it leaves nothing there", async () => {
    expect((await signals(true, () => accepted)).size).toBe(1);
  });

  it("but not where it does not say so", async () => {
    expect((await signals(false, () => accepted)).size).toBe(2);
  });

  it("nor where a listener was left after all", async () => {
    const listening = (signal: AbortSignal) => {
      signal.addEventListener("abort", () => {});
      return accepted;
    };
    expect((await signals(true, listening)).size).toBe(2);
  });

  it("nor where the transport threw, and may be at work still", async () => {
    const broken = () => {
      throw new Error("oops");
    };
    expect((await signals(true, broken)).size).toBe(2);
  });

  it("and never one that has fired, nor can a call that has ended fire it", async () => {
    const given: AbortSignal[] = [];
    const answer = (_: readonly number[], __: SyncCall, signal: AbortSignal): Outcome => {
      expect(signal.aborted).toBe(false);
      given.push(signal);
      if (given.length === 2) made.abort("stopped");
      return accepted;
    };
    const made = courier({ options: { batch: 1 }, answer, releasesSignals: true });
    await made.deliver([claim(1)]);
    made.abort("after its end");
    expect(given.map(({ aborted }) => aborted)).toEqual([false]);
    await made.deliver([claim(2)]);
    await made.deliver([claim(3)]);
    expect(given.map(({ aborted }) => aborted)).toEqual([true, true, false]);
  });
});
