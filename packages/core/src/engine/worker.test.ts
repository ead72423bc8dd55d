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
