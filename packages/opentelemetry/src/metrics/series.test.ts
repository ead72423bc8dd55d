import { expect, it } from "vitest";
import { work } from "./definitions.ts";
import { Counter, Histogram, mostSeries } from "./series.ts";

it("counts what is beyond its limit of series together", () => {
  const counter = new Counter(work.lost);
  for (let index = 0; index < mostSeries + 50; index += 1) counter.add(1, `strategy-${index}`);
  expect(counter.points.length).toBe(mostSeries + 1);
  expect(counter.points.find(({ attributes }) => attributes["syncline.strategy"] === "_other")?.value).toBe(50);
});

it("puts a value into the first bucket that it fits, its boundary included", () => {
  const histogram = new Histogram({ ...work.items, boundaries: [1, 10] });
  for (const value of [1, 2, 10, 11]) histogram.record(value, "crm");
  expect(histogram.points).toMatchObject([{ counts: [1, 2, 1], sum: 24, count: 4 }]);
});

it("is there as 0 from the beginning where it has no attributes", () => {
  expect(new Counter(work.taken).points).toEqual([{ attributes: {}, value: 0 }]);
  expect(new Counter(work.lost).points).toEqual([]);
});
