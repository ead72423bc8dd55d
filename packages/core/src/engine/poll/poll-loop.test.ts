import { testClaim } from "@syncline/testkit/makers";
import { expect, it, vi } from "vitest";
import type { DispatchResult, Poller } from "../../contracts/poller.ts";
import type { Claim } from "../../model/delivery.ts";
import { EventHub } from "../events.ts";
import type { LaneSet } from "../route/lane-set.ts";
import { defaultTuning } from "../tuning.ts";
import { PollLoop } from "./poll-loop.ts";

const nothing: DispatchResult = { status: "done", taken: 0, inserted: 0, folded: 0, claims: [] };

it("dispatches at once when changes came, and claims only when something may be due", async () => {
  const poller = { dispatch: vi.fn(async () => nothing), claim: vi.fn(async () => []) };
  const lanes = {
    names: ["crm-orders"],
    refresh: async () => {},
    mostRoom: () => 10,
    route: () => undefined,
    demands: () => [{ strategy: "crm-orders", count: 10, strict: false }],
  };
  const worker = new PollLoop({
    poller: poller as unknown as Poller,
    lanes: lanes as unknown as LaneSet,
    // Nothing but a wake-up makes a round.
    schedule: { next: () => 60_000 },
    tuning: defaultTuning,
    events: new EventHub(() => {}),
    now: () => 0,
  });
  worker.start();
  await vi.waitFor(() => expect(worker.progress.rounds).toBe(1));
  expect(poller.claim).toHaveBeenCalledTimes(1);
  worker.changesCame();
  await vi.waitFor(() => expect(worker.progress.rounds).toBe(2));
  expect(poller.dispatch).toHaveBeenCalledTimes(2);
  expect(poller.claim).toHaveBeenCalledTimes(1);
  worker.wake();
  await vi.waitFor(() => expect(worker.progress.rounds).toBe(3));
  expect(poller.claim).toHaveBeenCalledTimes(2);
  await worker.stop();
});

it("takes no more than lanes have room for, unless much of it folds into what waits already: then all, and lanes look less far ahead", async () => {
  const results: DispatchResult[] = [
    { ...nothing, taken: 100, inserted: 98, folded: 2 },
    { ...nothing, taken: 100, inserted: 80, folded: 20 },
    { ...nothing, status: "busy" },
    nothing,
  ];
  const dispatch = vi.fn(async (_limit: number) => results.shift() ?? nothing);
  const afterDispatch = vi.fn();
  const poller = { dispatch, claim: vi.fn(async () => []) };
  const lanes = {
    names: ["crm-orders"],
    refresh: async () => {},
    mostRoom: () => 120,
    route: () => undefined,
    demands: () => [{ strategy: "crm-orders", count: 120, strict: false }],
    widen: () => {},
    afterDispatch,
    leftToClaim: () => ["crm-orders"],
  };
  const worker = new PollLoop({
    poller: poller as unknown as Poller,
    lanes: lanes as unknown as LaneSet,
    schedule: { next: () => 1 },
    tuning: defaultTuning,
    events: new EventHub(() => {}),
    now: () => 0,
  });
  worker.start();
  await vi.waitFor(() => expect(dispatch.mock.calls.length).toBeGreaterThan(4));
  await worker.stop();
  expect(afterDispatch.mock.calls).toEqual([[false], [true]]);
  const all = defaultTuning.dispatchLimit;
  // That another worker dispatches says nothing about folding; that nothing is left does.
  expect(dispatch.mock.calls.slice(0, 5).map(([limit]) => limit)).toEqual([120, 120, all, all, 120]);
});

it.each([
  { beside: "alone", idle: [], afterChanges: 1 },
  // What has come may be for the lane that has room.
  { beside: "beside a lane that nothing is due of", idle: ["crm-refunds"], afterChanges: 2 },
])("waits for room while its lanes are sending and can take nothing, but not for long: $beside", async (given) => {
  const dispatch = vi.fn(async (limit: number) => {
    // Somebody wakes it while it is busy: of no use before there is room.
    if (!room.free) worker.changesCame();
    return { ...nothing, taken: limit, inserted: limit };
  });
  const room = { free: false };
  const lanes = {
    names: ["crm-orders", ...given.idle],
    refresh: async () => {},
    mostRoom: () => 0,
    route: () => undefined,
    demands: () =>
      [...given.idle, ...(room.free ? ["crm-orders"] : [])].map((name) => ({
        strategy: name,
        count: 120,
        strict: false,
      })),
    isSending: true,
    widen: () => {},
    afterDispatch: () => {},
    leftToClaim: () => ["crm-orders"],
  };
  // A patience that ends would make further rounds.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const worker = new PollLoop({
    poller: { dispatch, claim: async () => [] } as unknown as Poller,
    lanes: lanes as unknown as LaneSet,
    schedule: { next: () => 0 },
    tuning: defaultTuning,
    events: new EventHub(() => {}),
    now: () => 0,
  });
  try {
    worker.start();
    for (let times = 0; times < 10; times += 1) await turn();
    expect(dispatch).toHaveBeenCalledTimes(1);
    worker.changesCame();
    for (let times = 0; times < 10; times += 1) await turn();
    expect(dispatch).toHaveBeenCalledTimes(given.afterChanges);
    // With calls that are slow, live changes do not wait for room: a lane takes them beside its backlog.
    vi.advanceTimersByTime(100);
    for (let times = 0; times < 10; times += 1) await turn();
    expect(dispatch).toHaveBeenCalledTimes(given.afterChanges + 1);
    room.free = true;
    worker.roomFreed("crm-orders");
    for (let times = 0; times < 10; times += 1) await turn();
    expect(dispatch.mock.calls.length).toBeGreaterThan(given.afterChanges + 1);
    await worker.stop();
  } finally {
    vi.useRealTimers();
  }
});

it("dispatches on while a lane that it fills has room, though a claim for it was in vain", async () => {
  const dispatch = vi.fn(async (limit: number) => ({ ...nothing, taken: limit, inserted: limit }));
  const lanes = {
    names: ["crm-orders"],
    refresh: async () => {},
    mostRoom: () => 100,
    route: () => undefined,
    demands: () => [{ strategy: "crm-orders", count: 100, strict: false }],
    hasRoomForMore: true,
    isSending: true,
    widen: () => {},
    afterDispatch: () => {},
    leftToClaim: () => [],
  };
  // A patience that ends would make further rounds.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const worker = new PollLoop({
    poller: { dispatch, claim: async () => [] } as unknown as Poller,
    lanes: lanes as unknown as LaneSet,
    schedule: { next: () => 0 },
    tuning: defaultTuning,
    events: new EventHub(() => {}),
    now: () => 0,
  });
  try {
    worker.start();
    for (let times = 0; times < 20; times += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(dispatch.mock.calls.length).toBeGreaterThan(2);
    lanes.hasRoomForMore = false;
    for (let times = 0; times < 20; times += 1) await new Promise((resolve) => setImmediate(resolve));
    const before = dispatch.mock.calls.length;
    for (let times = 0; times < 20; times += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(dispatch).toHaveBeenCalledTimes(before);
    await worker.stop();
  } finally {
    vi.useRealTimers();
  }
});

it("claims what waits already before it dispatches what has just come, while there is more than lanes can take", async () => {
  const order: string[] = [];
  let at = 0;
  const dispatched: DispatchResult[] = [
    { ...nothing, taken: 100, inserted: 100 },
    { ...nothing, taken: 100, inserted: 100 },
  ];
  const poller = {
    dispatch: async () => {
      order.push("dispatch");
      return dispatched.shift() ?? nothing;
    },
    claim: async () => {
      order.push("claim");
      return [];
    },
  };
  const lanes = {
    names: ["crm-orders"],
    refresh: async () => {},
    mostRoom: () => 100,
    route: () => undefined,
    demands: () => [{ strategy: "crm-orders", count: 100, strict: false }],
    widen: () => {},
    afterDispatch: () => {},
    leftToClaim: () => ["crm-orders"],
  };
  const worker = new PollLoop({
    poller: poller as unknown as Poller,
    lanes: lanes as unknown as LaneSet,
    schedule: { next: () => 0 },
    tuning: defaultTuning,
    events: new EventHub(() => {}),
    now: () => {
      at += 1_000;
      return at;
    },
  });
  worker.start();
  await vi.waitFor(() => expect(worker.progress.rounds).toBeGreaterThan(2));
  await worker.stop();
  expect(order.slice(0, 5)).toEqual(["dispatch", "claim", "claim", "dispatch", "claim"]);
});

/**
 * Lanes `busy` and `idle`: of the first there is always more than it has room for, of the other
 * nothing is ever due.
 */
function besideAnIdleLane() {
  const rooms = new Map([
    ["busy", 10],
    ["idle", 10],
  ]);
  const asked: (readonly string[])[] = [];
  const dispatch = vi.fn(async (): Promise<DispatchResult> => nothing);
  const claim: Poller["claim"] = async (demands) => {
    asked.push(demands.map(({ strategy }) => strategy));
    const wanted = demands.find(({ strategy }) => strategy === "busy")?.count ?? 0;
    return Array.from({ length: wanted }, () => testClaim({ strategy: "busy" }));
  };
  const lanes = {
    names: ["busy", "idle"],
    refresh: async () => {},
    mostRoom: () => 10,
    route: () => undefined,
    demands: () =>
      [...rooms].filter(([, count]) => count > 0).map(([strategy, count]) => ({ strategy, count, strict: false })),
    accept: (claims: readonly Claim[]) => rooms.set("busy", (rooms.get("busy") ?? 0) - claims.length),
    isSending: true,
    widen: () => {},
    afterDispatch: () => {},
    leftToClaim: () => ["busy"],
  };
  const clock = { at: 0 };
  const worker = new PollLoop({
    poller: { dispatch, claim } as unknown as Poller,
    lanes: lanes as unknown as LaneSet,
    // Nothing but a wake-up makes a round where there is not more.
    schedule: { next: ({ more }) => (more ? 0 : 60_000) },
    tuning: defaultTuning,
    events: new EventHub(() => {}),
    now: () => clock.at,
  });
  return { worker, rooms, asked, clock, dispatch };
}

it("asks for a lane that has room again at once, whatever another lane was last found to have", async () => {
  const { worker, rooms, asked, clock } = besideAnIdleLane();
  worker.start();
  await vi.waitFor(() => expect(worker.progress.rounds).toBe(1));
  expect(asked).toEqual([["busy", "idle"]]);
  // Another round finds nothing, for which room of the idle lane is no reason.
  clock.at += 1_000;
  worker.changesCame();
  await vi.waitFor(() => expect(worker.progress.rounds).toBe(2));
  expect(asked.slice(1)).toEqual([["idle"]]);
  worker.roomFreed("idle");
  rooms.set("busy", 10);
  worker.roomFreed("busy");
  await vi.waitFor(() => expect(worker.progress.rounds).toBe(3));
  expect(asked.slice(2)).toEqual([["busy"]]);
  await worker.stop();
});

it("asks for what nothing is due of less often while another lane has enough to do", async () => {
  const { worker, rooms, asked, clock } = besideAnIdleLane();
  worker.start();
  await vi.waitFor(() => expect(worker.progress.rounds).toBe(1));
  for (let times = 0; times < 40; times += 1) {
    clock.at += 25;
    rooms.set("busy", 10);
    worker.roomFreed("busy");
    const rounds = 2 + times;
    await vi.waitFor(() => expect(worker.progress.rounds).toBe(rounds), { interval: 1 });
  }
  expect(asked.filter((names) => names.includes("busy"))).toHaveLength(41);
  // In the first second: as it begins, when that was too early to know, and then every quarter.
  expect(asked.filter((names) => names.includes("idle")).length).toBeLessThanOrEqual(6);
  await worker.stop();
});

it("asks for those alone that a dispatch has written for", async () => {
  const { worker, rooms, asked, dispatch } = besideAnIdleLane();
  worker.start();
  await vi.waitFor(() => expect(worker.progress.rounds).toBe(1));
  rooms.set("busy", 10);
  dispatch.mockResolvedValueOnce({ ...nothing, taken: 5, inserted: 5 });
  worker.changesCame();
  await vi.waitFor(() => expect(worker.progress.rounds).toBe(2));
  expect(asked).toEqual([["busy", "idle"], ["busy"]]);
  await worker.stop();
});

it("makes no round for room that there is nothing for", async () => {
  const { worker, asked, dispatch } = besideAnIdleLane();
  worker.start();
  await vi.waitFor(() => expect(worker.progress.rounds).toBe(1));
  worker.roomFreed("idle");
  for (let times = 0; times < 10; times += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toHaveLength(1);
  expect(dispatch).toHaveBeenCalledTimes(1);
  await worker.stop();
});
