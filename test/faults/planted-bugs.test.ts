import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, it } from "vitest";
import { plantedBugs } from "./planted-bugs.ts";
import { runHistory } from "./run-history.ts";

const urls = await Promise.all(plantedBugs.map(() => testDatabase()));

it.each(plantedBugs.map((bug, index) => [bug.name, bug, urls[index] ?? ""] as const))(
  "the checker finds %s",
  async (_, { options, foundAs }, url) => {
    const { violations, story } = await runHistory(url, 1, { transactions: 20, patienceMs: 3_000, ...options });
    expect(violations.map(({ kind }) => kind)).toContain(foundAs);
    // It tells the seed, and what became of the first key.
    expect(story).toMatch(/^seed 1 /);
    expect(story).toContain("in the end: ");
  },
);
