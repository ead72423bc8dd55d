import { expect, test } from "vitest";
import type { Measurement } from "./measurement.ts";
import { calmest, percentile, spread, summarise } from "./statistics.ts";

const run = (contender: string, rate: number, strangers = 0): Measurement => ({
  contender,
  values: { rate, "strangers %": strangers },
});

test("the median of an even number of runs lies between the middle two", () => {
  expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spread([])).toBeUndefined();
});

test("a percentile is one of the values, by nearest rank", () => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0, 0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 50, 99, 100]);
  expect(percentile([], 0.5)).toBeUndefined();
});

test("ratios are made within a repeat, not of medians", () => {
  const [, ours] = summarise({
    scenario: "s",
    title: "",
    leading: "rate",
    compared: ["rate"],
    columns: [],
    baseline: "peer",
    // As medians: 30 / 20 = 1.5, which no repeat has shown.
    repeats: [
      [run("peer", 10), run("ours", 20)],
      [run("peer", 20), run("ours", 60)],
      [run("peer", 30), run("ours", 30)],
    ],
    notes: [],
  });
  expect(ours?.ratios.rate).toEqual({ median: 2.5, min: 2, max: 3 });
});

test("a repeat counts as disturbed when any of its runs was", () => {
  const calm = [run("peer", 1, 5), run("ours", 1, 5)];
  const disturbed = [run("peer", 1, 0), run("ours", 1, 60)];
  const middling = [run("peer", 1, 10), run("ours", 1, 0)];
  expect(calmest([disturbed, middling, calm])).toEqual([calm, middling]);
});
