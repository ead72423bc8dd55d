import { expect, it, vi } from "vitest";
import type { DispatchResult, Poller } from "../contracts/poller.ts";
import { EventHub } from "./events.ts";
import type { LaneSet } from "./lane-set.ts";
import { defaultTuning } from "./tuning.ts";
import { Worker } from "./worker.ts";

const nothing: DispatchResult = { status: "done", taken: 0, inserted: 0, folded: 0, claims: [] };

it("dispatches at once when changes came, and claims only when something may be due", async () => {
  const poller = { dispatch: vi.fn(async () => nothing), claim: vi.fn(async () => []) };
  const lanes = {
    refresh: async () => {},
    mostRoom: () => 10,
    route: () => undefined,
    demands: () => [{ strategy: "crm-orders", count: 10, strict: false }],
  };
  const worker = new Worker({
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
    refresh: async () => {},
    mostRoom: () => 120,
    route: () => undefined,
    demands: () => [{ strategy: "crm-orders", count: 120, strict: false }],
    widen: () => {},
    afterDispatch,
  };
  const worker = new Worker({
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

it("waits for room while its lanes are sending and can take nothing, whatever else comes", async () => {
  const dispatch = vi.fn(async (limit: number) => {
    // Somebody wakes it while it is busy: of no use before there is room.
    if (!room.free) worker.wake();
    return { ...nothing, taken: limit, inserted: limit };
  });
  const room = { free: false };
  const lanes = {
    refresh: async () => {},
    mostRoom: () => 0,
    route: () => undefined,
    demands: () => (room.free ? [{ strategy: "crm-orders", count: 120, strict: false }] : []),
    isSending: true,
    widen: () => {},
    afterDispatch: () => {},
  };
  // Only ever woken: a patience that ends would make further rounds.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const worker = new Worker({
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
    expect(dispatch).toHaveBeenCalledTimes(1);
    room.free = true;
    worker.roomFreed();
    for (let times = 0; times < 10; times += 1) await turn();
    expect(dispatch.mock.calls.length).toBeGreaterThan(1);
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
    refresh: async () => {},
    mostRoom: () => 100,
    route: () => undefined,
    demands: () => [{ strategy: "crm-orders", count: 100, strict: false }],
    widen: () => {},
    afterDispatch: () => {},
  };
  const worker = new Worker({
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
