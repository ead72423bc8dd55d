import { expect, test } from "vitest";
import { eachOnce, hot } from "./loads.ts";

test("each row changes once, and arrives once per strategy", () => {
  const { ids, expected } = eachOnce(3, 5);
  expect([...ids]).toEqual([1, 2, 3]);
  expect(expected).toEqual({ ids: 3, total: 15 });
});

test("hot rows change as often as each other, scattered, and in the same order in every run", () => {
  const { ids, expected } = hot(100, 10);
  const counts = new Map<number, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  expect(counts.size).toBe(100);
  expect(new Set(counts.values())).toEqual(new Set([10]));
  expect(new Set(ids.slice(0, 100)).size).toBeLessThan(90);
  expect(hot(100, 10).ids).toEqual(ids);
  expect(expected).toEqual({ ids: 100, total: 100 });
});
