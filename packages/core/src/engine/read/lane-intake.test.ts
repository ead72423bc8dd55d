import { describe, expect, it } from "vitest";
import type { QueryLimits } from "../../contracts/query-runner.ts";
import { category, createDictionary } from "../../model/category.ts";
import type { Claim, Settlement } from "../../model/delivery.ts";
import { SynclineError } from "../../model/errors.ts";
import { resolveStrategy } from "../../model/resolve-strategy.ts";
import type { Parcel } from "../call/prepared-item.ts";
import { EventHub } from "../events.ts";
import { LeaseKeeper, type Work } from "../settle/leases.ts";
import { defaultTuning } from "../tuning.ts";
import { LaneIntake } from "./lane-intake.ts";
import { ReadBudget } from "./read-budget.ts";
import { ReadPlans } from "./read-plans.ts";

const kib = 1024;
const mib = 1024 * kib;
const thing = category("thing", { id: "integer" });
const turn = () => new Promise((resolve) => setImmediate(resolve));

interface Setting {
  /** Of each key's one row, by id. */
  readonly bytes: (id: number) => number;
  readonly budget?: ReadBudget;
  readonly maxItemBytes?: number;
  readonly readLimit?: number;
  readonly idempotent?: boolean;
}

/** An intake on a database that knows nothing but how wide its rows are. */
function intake({ bytes, maxItemBytes = 64 * mib, readLimit = 500, idempotent = true, ...given }: Setting) {
  const budget = given.budget ?? new ReadBudget({ bufferBytes: mib, maxItemBytes, lanes: () => 1 });
  const definition = {
    name: "s",
    category: "thing",
    query: "q",
    downstream: "d",
    path: "/",
    whenAbsent: "skip",
    idempotent,
  } as const;
  const resolved = resolveStrategy(definition, createDictionary([thing]), "s");
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems));
  const reads: { readonly ids: readonly number[]; readonly maxBytes: number }[] = [];
  const parcels: Parcel[] = [];
  const settled: Settlement[] = [];
  const blocked: Work[] = [];
  const leases = new LeaseKeeper({
    poller: {} as never,
    leaseMs: 60_000,
    now: () => 0,
    onLost: () => {},
    onError: () => {},
  });
  const parts = {
    composer: {
      check: () => [],
      compose: (_: unknown, conditions: readonly { readonly id?: unknown }[]) => ({
        mode: "set" as const,
        statements: [{ text: "", parameters: conditions.map(({ id }) => Number(id)) }],
      }),
    },
    queryRunner: {
      run: async (statements: readonly { readonly parameters: readonly unknown[] }[], limits: QueryLimits) => {
        const ids = statements[0]?.parameters as readonly number[];
        const { maxBytes = Number.NaN } = limits;
        reads.push({ ids, maxBytes });
        const size = ids.reduce((sum, id) => sum + bytes(id), 0);
        if (!(size <= maxBytes)) throw new SynclineError("query.byte-limit", "too much");
        return [{ columns: ["#", "present", "v"], rows: ids.map((id, at) => [at, true, "x".repeat(bytes(id))]) }];
      },
    },
  };
  const own = { ...parts, runnerOf: () => parts.queryRunner };
  const reader = { ...own, plans: new ReadPlans({ ...own, now: () => 0 }) };
  const tuning = { ...defaultTuning, readLimit };
  const made = new LaneIntake(
    { strategy: resolved.strategy, reader, budget, leases, tuning, events: new EventHub(() => {}), random: () => 0 },
    {
      onParcels: (more) => parcels.push(...more),
      onSettled: (work, settlement) => {
        leases.drop(work);
        settled.push(settlement);
      },
      onBlocked: (work) => blocked.push(...work),
    },
  );
  const deliverAll = () => {
    for (const { work } of parcels.splice(0)) leases.drop(work);
  };
  const add = (...ids: readonly number[]) => made.add(ids.map((id) => leases.take(claimOf(id), 0)));
  return { intake: made, add, reads, parcels, settled, blocked, deliverAll, leases };
}

function claimOf(id: number, token = "t"): Claim {
  const { key } = thing.changed({ id });
  const rest = {
    ordinal: "0",
    revision: "1",
    operation: "upsert",
    epoch: 0,
    attempts: 0,
    lapsed: false,
    token,
  } as const;
  return { id: String(id), strategy: "s", key, firstRecordedAt: 0, ...rest };
}

const idsOf = (parcels: readonly Parcel[]) => parcels.map(({ work }) => Number(work.claim.id));
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Lets everything go on until nothing more happens. */
async function settle(): Promise<void> {
  for (let round = 0; round < 50; round += 1) await turn();
}

describe("a lane's reads", () => {
  it("take as many keys at once as the limit says, while they are small", async () => {
    const { add, reads, parcels } = intake({ bytes: () => 100, readLimit: 50 });
    add(...upTo(120));
    await settle();
    expect(reads.map(({ ids }) => ids.length)).toEqual([50, 50, 20]);
    expect(idsOf(parcels)).toEqual(upTo(120));
  });

  it("hold no more than the lane's share, and go on when some of it has been delivered", async () => {
    const { add, parcels, intake: made, deliverAll } = intake({ bytes: () => 100 * kib });
    add(...upTo(40));
    const seen: number[] = [];
    while (made.size > 0) {
      await settle();
      const held = parcels.reduce((sum, { item }) => sum + item.json.length, 0);
      expect(held).toBeGreaterThan(0);
      expect(held).toBeLessThanOrEqual(mib);
      seen.push(...idsOf(parcels));
      deliverAll();
    }
    seen.push(...idsOf(parcels));
    expect(seen.sort((a, b) => a - b)).toEqual(upTo(40));
  });

  it("shrink to what fits where rows are wide, instead of being cut short again and again", async () => {
    const { add, reads, parcels, intake: made, deliverAll } = intake({ bytes: () => 20 * kib });
    add(...upTo(400));
    while (made.size > 0 || parcels.length > 0) {
      await settle();
      deliverAll();
    }
    const wasted = reads.filter(({ ids, maxBytes }) => ids.length * 20 * kib > maxBytes);
    expect(wasted.length).toBeLessThan(reads.length / 3);
    expect(reads.length).toBeLessThan(40);
  });

  it("grow again when the wide rows are past", async () => {
    const {
      add,
      reads,
      parcels,
      intake: made,
      deliverAll,
    } = intake({
      bytes: (id) => (id <= 10 ? 400 * kib : 10),
      readLimit: 100,
    });
    add(...upTo(10_000));
    while (made.size > 0 || parcels.length > 0) {
      await settle();
      deliverAll();
    }
    expect(reads.at(-2)?.ids).toHaveLength(100);
  });
});

describe("a row beyond the lane's share", () => {
  it("is read alone, and all others go on beside it", async () => {
    const { add, parcels, deliverAll, intake: made } = intake({ bytes: (id) => (id === 3 ? 5 * mib : 10 * kib) });
    add(...upTo(8));
    await settle();
    expect(idsOf(parcels).sort((a, b) => a - b)).toEqual(upTo(8));
    deliverAll();
    expect(made.size).toBe(0);
  });

  it("is a dead letter by name when it has more bytes than an item may have", async () => {
    const { add, parcels, settled } = intake({ bytes: (id) => (id === 3 ? 5 * mib : 10), maxItemBytes: 4 * mib });
    add(...upTo(8));
    await settle();
    expect(idsOf(parcels).sort((a, b) => a - b)).toEqual([1, 2, 4, 5, 6, 7, 8]);
    expect(settled).toMatchObject([
      { result: "dead", claim: { id: "3" }, failure: { kind: "too-large", code: "item.too-large" } },
    ]);
  });

  it("waits until no other lane of the worker holds one, and then has its turn", async () => {
    const budget = new ReadBudget({ bufferBytes: 2 * mib, maxItemBytes: 64 * mib, lanes: () => 2 });
    const one = intake({ bytes: () => 3 * mib, budget });
    const other = intake({ bytes: () => 3 * mib, budget });
    one.add(1, 2, 3);
    await settle();
    other.add(4);
    const order: number[] = [];
    while (order.length < 4) {
      await settle();
      const now = [...idsOf(one.parcels), ...idsOf(other.parcels)];
      expect(now).toHaveLength(1);
      order.push(...now);
      one.deliverAll();
      other.deliverAll();
    }
    // First come, first served, and none has two turns while another waits.
    expect(order).toEqual([1, 2, 4, 3]);
  });

  it("gives its turn to the next when its lease is lost", async () => {
    const budget = new ReadBudget({ bufferBytes: 2 * mib, maxItemBytes: 64 * mib, lanes: () => 2 });
    const one = intake({ bytes: () => 3 * mib, budget });
    const other = intake({ bytes: () => 3 * mib, budget });
    one.add(1);
    other.add(2);
    await settle();
    const [held] = one.parcels;
    if (held === undefined) throw new Error("The first one was not read.");
    one.leases.holds(held.work, 1e9);
    await settle();
    expect(idsOf(other.parcels)).toEqual([2]);
  });

  it("goes back when its lane closes before its turn", async () => {
    const budget = new ReadBudget({ bufferBytes: 2 * mib, maxItemBytes: 64 * mib, lanes: () => 2 });
    const one = intake({ bytes: () => 3 * mib, budget });
    const other = intake({ bytes: () => 3 * mib, budget });
    one.add(1);
    other.add(2);
    await settle();
    expect(other.intake.close().map(({ claim }) => claim.id)).toEqual(["2"]);
    expect(other.intake.size).toBe(0);
  });
});

describe("keys whose leases are being written", () => {
  const keysOf = (...ids: readonly number[]) => ids.map((id) => claimOf(id).key);
  const leasing = () => {
    const made = intake({ bytes: () => 10, readLimit: 10 });
    const lease = (token: string, ...ids: readonly number[]) =>
      made.intake.add(ids.map((id) => made.leases.take(claimOf(id, token), 0)));
    const readIds = () => made.reads.map(({ ids }) => ids);
    return { ...made, lease, readIds };
  };

  it("are read meanwhile, and what was read is used when they come, be it for fewer", async () => {
    const { intake: made, lease, readIds, parcels } = leasing();
    lease("first", 1);
    await settle();
    made.readEarly(keysOf(2, 3, 4), "second");
    await turn();
    expect(readIds()).toEqual([[1], [2, 3, 4]]);
    await settle();
    lease("second", 4, 2);
    await settle();
    expect(idsOf(parcels)).toEqual([1, 4, 2]);
    expect(parcels.at(-2)?.item.body).toEqual({ v: "x".repeat(10) });
    expect(readIds()).toEqual([[1], [2, 3, 4]]);
  });

  it("are read again for another lease, which may know of newer changes", async () => {
    const { intake: made, lease, readIds } = leasing();
    lease("first", 1);
    await settle();
    made.readEarly(keysOf(2), "second");
    lease("third", 2);
    await settle();
    expect(readIds()).toEqual([[1], [2], [2]]);
    // What was read early for the second lease is gone, too.
    lease("second", 2);
    await settle();
    expect(readIds()).toEqual([[1], [2], [2], [2]]);
  });

  it("are read as a whole with others that came with them", async () => {
    const { intake: made, lease, readIds } = leasing();
    lease("first", 1);
    await settle();
    made.readEarly(keysOf(2), "second");
    lease("second", 2, 3);
    await settle();
    expect(readIds()).toEqual([[1], [2], [2, 3]]);
  });

  it("are not read early before any lease came, nor after one that did not: a paused strategy gets none", async () => {
    const { intake: made, lease, readIds } = leasing();
    made.readEarly(keysOf(1), "first");
    await settle();
    expect(readIds()).toEqual([]);
    lease("first", 1);
    await settle();
    made.readEarly(keysOf(2), "second");
    made.readEarly(keysOf(2), "third");
    made.readEarly(keysOf(2), "fourth");
    await settle();
    expect(readIds()).toEqual([[1], [2]]);
  });

  it("are not read early while others are, nor beyond what one read may bring", async () => {
    const { intake: made, lease, readIds } = leasing();
    lease("first", 1);
    made.readEarly(keysOf(2), "second");
    await settle();
    made.readEarly(keysOf(...upTo(11)), "third");
    await settle();
    expect(readIds()).toEqual([[1]]);
  });

  it("are read by nobody once the lane has closed", async () => {
    const { intake: made, lease, readIds } = leasing();
    lease("first", 1);
    await settle();
    made.close();
    made.readEarly(keysOf(2), "second");
    await settle();
    expect(readIds()).toEqual([[1]]);
  });
});

describe("a claim whose lease had lapsed", () => {
  const lapsed = (leases: LeaseKeeper) => leases.take({ ...claimOf(1), lapsed: true, attempts: 1 }, 0);

  it("is held for a person, unread, where sending again may do harm", async () => {
    const { intake: made, leases, parcels, reads, settled } = intake({ bytes: () => 10, idempotent: false });
    made.add([lapsed(leases), leases.take(claimOf(2), 0)]);
    await settle();
    expect(settled).toMatchObject([
      { result: "held", claim: { id: "1" }, failure: { code: "lease.lapsed", effect: "maybe" } },
    ]);
    expect(idsOf(parcels)).toEqual([2]);
    expect(reads.map(({ ids }) => ids)).toEqual([[2]]);
  });

  it("is held even by a lane that has closed, since putting it back would hide that it lapsed", async () => {
    const { intake: made, leases, settled, blocked } = intake({ bytes: () => 10, idempotent: false });
    made.close();
    made.add([lapsed(leases), leases.take(claimOf(2), 0)]);
    await settle();
    expect(settled).toMatchObject([{ result: "held", claim: { id: "1" } }]);
    expect(blocked.map(({ claim }) => claim.id)).toEqual(["2"]);
  });

  it("is sent again where that does no harm", async () => {
    const { intake: made, leases, parcels } = intake({ bytes: () => 10 });
    made.add([lapsed(leases)]);
    await settle();
    expect(idsOf(parcels)).toEqual([1]);
  });
});

it("a lane that holds its full share does not keep another from reading", async () => {
  const budget = new ReadBudget({ bufferBytes: 2 * mib, maxItemBytes: 64 * mib, lanes: () => 2 });
  const full = intake({ bytes: () => 200 * kib, budget });
  const other = intake({ bytes: () => 200 * kib, budget });
  full.add(...upTo(20));
  await settle();
  expect(full.intake.size).toBeGreaterThan(0);
  other.add(...upTo(3));
  await settle();
  expect(other.parcels).toHaveLength(3);
});
