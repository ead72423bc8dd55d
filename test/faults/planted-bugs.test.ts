import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { expect, it } from "vitest";
import { plantedBugs } from "./planted-bugs.ts";
import { runHistory } from "./run-history.ts";

const urls = await Promise.all(plantedBugs.map(() => testDatabase()));

/** How the histories interleave is the machine's: a bug that one of them does not meet, another one does. The rarest is met by one in four. */
const seeds = Array.from({ length: 24 }, (_, index) => index + 1);

it.each(plantedBugs.map((bug, index) => [bug.name, bug, urls[index] ?? ""] as const))(
  "the checker finds %s",
  async (_, { options, foundAs }, url) => {
    for (const seed of seeds) {
      const { violations, story } = await runHistory(url, seed, { transactions: 20, patienceMs: 3_000, ...options });
      if (seed !== seeds.at(-1) && !violations.some(({ kind }) => kind === foundAs)) {
        await empty(url);
        continue;
      }
      expect(violations.map(({ kind }) => kind)).toContain(foundAs);
      // It tells the seed, and what became of the first key.
      expect(story).toMatch(new RegExp(`^seed ${seed} `));
      expect(story).toContain("in the end: ");
      return;
    }
  },
  120_000,
);

async function empty(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("DROP SCHEMA syncline CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  await client.end();
}
