import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, it } from "vitest";
import { runHistory } from "./run-history.ts";

const seeds = [1, 2, 3];
const urls = await Promise.all(seeds.map(() => testDatabase()));

it.each(seeds.map((seed, index) => [seed, urls[index] ?? ""] as const))(
  "keeps every promise in the random history of seed %i",
  async (seed, url) => {
    const result = await runHistory(url, seed);
    expect(result.violations, result.story).toEqual([]);
    expect(result.calls).toBeGreaterThan(result.changes);
    expect(Object.keys(result.faults).length).toBeGreaterThan(4);
  },
);
