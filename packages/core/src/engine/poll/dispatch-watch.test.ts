import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Blockers, BlockingSession, Poller } from "../../contracts/poller.ts";
import { SynclineError } from "../../model/errors.ts";
import { EventHub } from "../events.ts";
import { defaultTuning } from "../tuning.ts";
import { DispatchWatch } from "./dispatch-watch.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

const editor: BlockingSession = { session: "pid 1", transaction: "3/17", role: "editor" };

/** A watch whose clock and timer are the test's, over a database that answers `blockers`. */
function watching(blockers?: () => Promise<Blockers>) {
  const clock = { at: 0 };
  const events = new EventHub(() => {});
  const told: unknown[] = [];
  events.on("dispatchBlocked", (event) => told.push(event));
  events.on("dispatchResumed", (event) => told.push(event));
  const errors: unknown[] = [];
  events.on("error", (event) => errors.push(event));
  const poller = (blockers === undefined ? {} : { blockers }) as unknown as Poller;
  const watch = new DispatchWatch({ poller, tuning: defaultTuning, events, now: () => clock.at });
  watch.start();
  const pass = async (ms: number, each: () => void = () => {}) => {
    for (let passed = 0; passed < ms; passed += 250) {
      clock.at += 250;
      each();
      await vi.advanceTimersByTimeAsync(250);
    }
  };
  return { watch, told, errors, pass };
}

const busy = (watch: DispatchWatch) => () => watch.dispatched("busy");

it("names the transaction that makes every dispatch busy for 5 s, once, and tells when it is over", async () => {
  const { watch, told, pass } = watching(async () => ({ sessions: [editor], hidden: "Grant it." }));
  await pass(4_750, busy(watch));
  expect(told).toEqual([]);
  await pass(20_000, busy(watch));
  expect(told).toEqual([{ forMs: expect.any(Number), sessions: [editor], hidden: "Grant it." }]);
  watch.dispatched("done");
  await pass(20_000);
  expect(told.slice(1)).toEqual([{ afterMs: expect.any(Number) }]);
});

it("is silent while other workers take turns: each of their dispatches is another transaction", async () => {
  let turn = 0;
  const { watch, told, pass } = watching(async () => {
    turn += 1;
    return { sessions: [{ session: "pid 1", transaction: `3/${turn}` }] };
  });
  await pass(60_000, busy(watch));
  expect(turn).toBeGreaterThan(10);
  expect(told).toEqual([]);
});

it("is silent where nobody stands in the way of a poll that takes long", async () => {
  const { watch, told, pass } = watching(async () => ({ sessions: [] }));
  watch.roundBegan();
  await pass(60_000);
  expect(told).toEqual([]);
});

it("names who keeps a poll from returning, and tells again when it is another", async () => {
  const sessions = [editor];
  const { watch, told, pass } = watching(async () => ({ sessions: [...sessions] }));
  watch.roundBegan();
  await pass(10_000);
  // What ran into its time limit is tried again, and meets the same.
  watch.roundEnded();
  watch.roundBegan();
  await pass(10_000);
  expect(told).toHaveLength(1);
  sessions[0] = { ...editor, session: "pid 2" };
  await pass(10_000);
  expect(told).toMatchObject([{ sessions: [editor] }, { sessions: [{ session: "pid 2" }] }]);
});

it("raises the alarm without a name where the database cannot say who, or does not answer", async () => {
  const silent = watching();
  await silent.pass(7_000, busy(silent.watch));
  expect(silent.told).toEqual([{ forMs: expect.any(Number), sessions: [] }]);
  const failing = watching(async () => {
    throw new SynclineError("database.busy", "No.");
  });
  await failing.pass(7_000, busy(failing.watch));
  expect(failing.told).toHaveLength(1);
  expect(failing.errors[0]).toMatchObject({ during: "look for blockers" });
});

it("leaves a database that is away to those who tell of it", async () => {
  const { watch, told, errors, pass } = watching(async () => {
    throw new SynclineError("database.unavailable", "Away.");
  });
  watch.roundBegan();
  await pass(20_000);
  expect([told, errors]).toEqual([[], []]);
});

it("asks nothing while dispatches work, and nothing after one busy poll", async () => {
  const blockers = vi.fn(async () => ({ sessions: [editor] }));
  const { watch, told, pass } = watching(blockers);
  watch.dispatched("busy");
  await pass(60_000);
  watch.dispatched("done");
  await pass(60_000, () => watch.dispatched("done"));
  expect(blockers).not.toHaveBeenCalled();
  expect(told).toEqual([]);
});

it("shows names in one line, whatever others call themselves", async () => {
  const { watch, told, pass } = watching(async () => ({ sessions: [{ ...editor, application: "a\n\u001b[31mb" }] }));
  await pass(7_000, busy(watch));
  expect(told).toMatchObject([{ sessions: [{ application: "a\\n\\u{1b}[31mb" }] }]);
});
