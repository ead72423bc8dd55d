import { describe, expect, it } from "vitest";
import type { RecordedChange } from "../model/change.ts";
import { FloodWatch } from "./flood-watch.ts";

/** A change table whose takes choose as an adapter's statement does. */
function scene() {
  const clock = { now: 0 };
  const watch = new FloodWatch(() => clock.now);
  const table = new Map<bigint, RecordedChange>();
  let last = 0n;
  const draw = () => {
    last += 1n;
    return last;
  };
  const put = (id: bigint, category: string, strategy: string | null = null) =>
    table.set(id, { id: String(id), category, condition: "{}", operation: "upsert", strategy, recordedAt: 0 });
  const record = (count: number, category: string, strategy: string | null = null) => {
    for (let n = 0; n < count; n += 1) put(draw(), category, strategy);
  };
  const sorted = () => [...table].sort(([one], [other]) => (one < other ? -1 : 1));
  const dispatch = (limit: number): readonly RecordedChange[] => {
    clock.now += 10;
    const take = watch.next(limit);
    const rows = sorted();
    const oldest = rows[0]?.[0] ?? 0n;
    const chosen = new Set<bigint>();
    const choose = (after: bigint, count: number, wants: (change: RecordedChange) => boolean) => {
      const until = (after > oldest ? after : oldest) + (take?.span ?? 0n);
      const own = rows.filter(([id, change]) => id > after && id <= until && wants(change));
      for (const [id] of own.slice(0, count)) if (chosen.size < limit) chosen.add(id);
    };
    if (take === undefined) for (const [id] of rows.slice(0, limit)) chosen.add(id);
    else {
      const { floods, others } = take;
      const isOf = (flood: (typeof floods)[number]) => (change: RecordedChange) =>
        flood.strategy === undefined
          ? change.strategy === null && change.category === flood.category
          : change.strategy === flood.strategy;
      choose(others.after, others.count, (change) => !floods.some((flood) => isOf(flood)(change)));
      const left = limit - chosen.size;
      for (const flood of floods) choose(flood.after, Math.ceil(left * flood.share), isOf(flood));
    }
    const changes = rows.filter(([id]) => chosen.has(id)).map(([, change]) => change);
    for (const id of chosen) table.delete(id);
    watch.took(limit, take, { changes, oldest, newest: rows.at(-1)?.[0] ?? 0n, tookMs: 1 });
    return changes;
  };
  return { record, put, draw, dispatch, watch, table, clock };
}

const countOf = (changes: readonly RecordedChange[], category: string, strategy: string | null = null) =>
  changes.filter((change) => change.category === category && change.strategy === strategy).length;

describe("beside a flood", () => {
  it("a change of another category is in the next dispatch, whenever it comes", () => {
    const { record, dispatch } = scene();
    record(5_000, "order");
    record(1, "part");
    dispatch(100);
    expect(countOf(dispatch(100), "part")).toBe(1);
    for (let round = 0; round < 5; round += 1) {
      record(3, "part");
      const taken = dispatch(100);
      expect([countOf(taken, "part"), countOf(taken, "order")]).toEqual([3, 97]);
    }
  });

  it("of a backfill, live changes of the same category are in the next dispatch", () => {
    const { record, dispatch } = scene();
    record(5_000, "order", "crm");
    record(2, "order");
    dispatch(100);
    expect(countOf(dispatch(100), "order")).toBe(2);
  });

  it("that is live, another strategy's backfill gets on, and both are whole dispatches", () => {
    const { record, dispatch } = scene();
    record(5_000, "order", "crm");
    record(5_000, "order");
    for (let round = 0; round < 4; round += 1) dispatch(100);
    const taken = dispatch(100);
    expect(countOf(taken, "order")).toBeGreaterThan(countOf(taken, "order", "crm"));
    expect(countOf(taken, "order", "crm")).toBeGreaterThan(5);
    expect(taken).toHaveLength(100);
  });

  it("of several categories at once, a change of yet another one is in the next but one", () => {
    const { record, dispatch } = scene();
    for (let times = 0; times < 1_000; times += 1) for (const category of ["a", "b", "c"]) record(1, category);
    record(1, "part");
    dispatch(100);
    expect(countOf([...dispatch(100), ...dispatch(100)], "part")).toBe(1);
  });

  it("farther behind than a part looks at once, a change is found some dispatches later", () => {
    const { record, dispatch } = scene();
    record(150_000, "order");
    record(1, "part");
    const found = Array.from({ length: 6 }, () => countOf(dispatch(1_000), "part"));
    expect(found.reduce((sum, count) => sum + count, 0)).toBe(1);
  });
});

it("is no flood what one dispatch takes, and none any more when it is over", () => {
  const { record, dispatch, watch } = scene();
  record(99, "order");
  dispatch(100);
  expect(watch.next(100)).toBeUndefined();
  record(250, "order");
  dispatch(100);
  expect(watch.next(100)).toMatchObject({ floods: [{ category: "order", share: 1 }] });
  dispatch(100);
  dispatch(100);
  expect(watch.next(100)).toBeUndefined();
});

it("what is committed late, behind all that was gone through, is taken while the flood goes on", () => {
  const { record, put, draw, dispatch } = scene();
  const early = [draw(), draw()] as const;
  record(50_000, "order");
  dispatch(100);
  dispatch(100);
  put(early[0], "part");
  put(early[1], "order");
  const taken = Array.from({ length: 40 }, () => dispatch(100)).flat();
  expect(countOf(taken, "part")).toBe(1);
  expect(taken.some(({ id }) => id === String(early[1]))).toBe(true);
});

it("takes all, each kind in the order of its ids, whatever comes when", () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const { record, dispatch, table } = scene();
    let state = seed;
    const random = (below: number) => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    const taken: RecordedChange[] = [];
    for (let round = 0; round < 60; round += 1) {
      const category = ["a", "b", "c"][random(3)] ?? "a";
      record(random(10) === 0 ? 500 : random(20), category, random(3) === 0 ? "s" : null);
      taken.push(...dispatch(1 + random(100)));
    }
    let idle = 0;
    while (idle < 3) {
      const more = dispatch(50);
      idle = more.length === 0 ? idle + 1 : 0;
      taken.push(...more);
    }
    expect(table.size).toBe(0);
    const lasts = new Map<string, bigint>();
    for (const { id, category, strategy } of taken) {
      const kind = strategy ?? category;
      expect(BigInt(id) > (lasts.get(kind) ?? 0n)).toBe(true);
      lasts.set(kind, BigInt(id));
    }
  }
});
