import { expect, it } from "vitest";
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
