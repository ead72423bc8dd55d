import { expect, it } from "vitest";
import { Wakener } from "./wakener.ts";

const never = 2 ** 30;

it("ends a sleep", async () => {
  const wakener = new Wakener();
  const sleep = wakener.sleep(never);
  wakener.wake();
  await sleep;
});

it("remembers a wake that came while nobody slept, once", async () => {
  const wakener = new Wakener();
  wakener.wake();
  await wakener.sleep(never);
  let ended = false;
  const second = wakener.sleep(never).then(() => {
    ended = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toBe(false);
  wakener.wake();
  await second;
});

it("keeps a pause uninterrupted by wakes but not by its signal", async () => {
  const wakener = new Wakener();
  const controller = new AbortController();
  let ended = false;
  const pause = wakener.sleep(never, { uninterrupted: true, signal: controller.signal }).then(() => {
    ended = true;
  });
  wakener.wake();
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toBe(false);
  controller.abort();
  await pause;
});

it("forgets a wake from before where it sleeps afresh", async () => {
  const wakener = new Wakener();
  wakener.wake();
  let ended = false;
  const sleep = wakener.sleep(never, { afresh: true }).then(() => {
    ended = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toBe(false);
  wakener.wake();
  await sleep;
});
