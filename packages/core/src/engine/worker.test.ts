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
    demands: () => [],
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
