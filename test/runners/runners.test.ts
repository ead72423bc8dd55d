import type { SuiteCounts, TestRunner } from "@syncline/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleSuites } from "./bundle.ts";
import { declareEverySuite, plantedFailure } from "./every-suite.ts";
import { runners } from "./run-bundle.ts";

let bundle: Awaited<ReturnType<typeof bundleSuites>>;
beforeAll(async () => {
  bundle = await bundleSuites();
});
afterAll(() => bundle.remove());

/** What a runner has to find: told by a runner that only counts. */
function countsOfEverySuite(): SuiteCounts {
  let checks = 0;
  let skipped = 0;
  const count = () => checks++;
  const runner: TestRunner = {
    describe: (_, body) => body(),
    it: Object.assign(count, {
      skip: () => {
        skipped++;
        return count();
      },
    }),
  };
  declareEverySuite(runner);
  return { checks, skipped };
}

describe("every suite, one of them with a planted failure", () => {
  it.each(Object.keys(runners))(
    "runs under %s, with the same outcome",
    async (runner) => {
      const { checks, skipped } = countsOfEverySuite();
      expect(checks).toBeGreaterThan(190);
      expect(await runners[runner]?.(bundle.folder)).toEqual({
        passed: checks - skipped - 1,
        skipped,
        failed: [plantedFailure],
      });
    },
    // A whole run of another runner, which only this limit ends.
    240_000,
  );
});
