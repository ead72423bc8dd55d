import type { PipelineStatus } from "@syncline/core";
import { expect, it } from "vitest";
import { BacklogFigures } from "./backlog-figures.ts";

const status = { changes: 1 } as PipelineStatus;

function scene(ask: () => Promise<PipelineStatus>, options = {}) {
  const clock = { now: 0 };
  let asked = 0;
  const count = async () => {
    asked += 1;
    return await ask();
  };
  const figures = new BacklogFigures(count, { refreshMs: 1_000, ...options }, () => clock.now);
  return { clock, figures, asked: () => asked };
}

it("asks once however many want to know at once, and not again before its time", async () => {
  const { clock, figures, asked } = scene(async () => status);
  const all = await Promise.all([figures.read(), figures.read(), figures.read()]);
  expect(all.every(({ isKnown }) => isKnown)).toBe(true);
  clock.now = 900;
  expect(await figures.read()).toMatchObject({ isKnown: true, ageMs: 900 });
  expect(asked()).toBe(1);
  clock.now = 1_001;
  expect(await figures.read()).toMatchObject({ ageMs: 0 });
  expect(asked()).toBe(2);
});

it("rests twenty times as long as the database had to count", async () => {
  const { clock, figures, asked } = scene(async () => {
    clock.now += 2_000;
    return status;
  });
  await figures.read();
  clock.now = 41_000;
  await figures.read();
  expect(asked()).toBe(1);
  clock.now = 42_001;
  await figures.read();
  expect(asked()).toBe(2);
});

it("knows nothing while the database does not answer, or refuses, whatever it knew before", async () => {
  let answer: () => Promise<PipelineStatus> = async () => status;
  const { clock, figures, asked } = scene(() => answer(), { timeoutMs: 5 });
  await figures.read();
  answer = () => new Promise(() => {});
  clock.now = 2_000;
  expect(await figures.read()).toEqual({ isKnown: false });
  expect(await figures.read()).toEqual({ isKnown: false });
  expect(asked()).toBe(2);

  const refused = scene(() => Promise.reject(new Error("no")));
  expect(await refused.figures.read()).toEqual({ isKnown: false });
});
