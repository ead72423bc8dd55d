import { afterEach, describe, expect, it, vi } from "vitest";
import { WakeSignal } from "./wake-signal.ts";

const never = 2 ** 30;

it("ends a sleep", async () => {
  const wakeSignal = new WakeSignal();
  const sleep = wakeSignal.sleep(never);
  wakeSignal.wake();
  await sleep;
});

it("remembers a wake that came while nobody slept, once", async () => {
  const wakeSignal = new WakeSignal();
  wakeSignal.wake();
  await wakeSignal.sleep(never);
  let ended = false;
  const second = wakeSignal.sleep(never).then(() => {
    ended = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toBe(false);
  wakeSignal.wake();
  await second;
});

it("keeps a pause uninterrupted by wakes but not by its signal", async () => {
  const wakeSignal = new WakeSignal();
  const controller = new AbortController();
  let ended = false;
  const pause = wakeSignal.sleep(never, { uninterrupted: true, signal: controller.signal }).then(() => {
    ended = true;
  });
  wakeSignal.wake();
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toBe(false);
  controller.abort();
  await pause;
});

it("forgets a wake from before where it sleeps afresh", async () => {
  const wakeSignal = new WakeSignal();
  wakeSignal.wake();
  let ended = false;
  const sleep = wakeSignal.sleep(never, { afresh: true }).then(() => {
    ended = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toBe(false);
  wakeSignal.wake();
  await sleep;
});

describe("a sleep that is longer than a timer holds", () => {
  const month = 31 * 86_400_000;
  const lookMs = 60_000;
  // Test files share a process: what another one has left running would take a month's turns in no time, and for ever.
  const fakeLooks = () => {
    const real = setTimeout;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const faked = setTimeout;
    vi.stubGlobal("setTimeout", (run: () => void, ms?: number) => (ms === lookMs ? faked : real)(run, ms));
  };
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it("ends at its time and not before", async () => {
    fakeLooks();
    let ended = false;
    void new WakeSignal().sleep(month).then(() => {
      ended = true;
    });
    await vi.advanceTimersByTimeAsync(month - 1);
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toBe(true);
  });

  it("is ended by a wake at once", async () => {
    fakeLooks();
    const wakeSignal = new WakeSignal();
    const sleep = wakeSignal.sleep(month);
    await vi.advanceTimersByTimeAsync(month / 2);
    wakeSignal.wake();
    await sleep;
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends by the clock on the wall, as after the sleep of a machine", async () => {
    fakeLooks();
    let ended = false;
    void new WakeSignal().sleep(month).then(() => {
      ended = true;
    });
    vi.setSystemTime(Date.now() + month);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ended).toBe(true);
  });
});
