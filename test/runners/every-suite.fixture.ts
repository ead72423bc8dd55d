import type { TestRunner } from "@syncline/testkit";
import { declareEverySuite } from "./every-suite.ts";

/** Vitest and Jest bring `describe` and `it` as globals; `node:test` is asked for them. */
function runnerAtHand(): TestRunner | undefined {
  const { describe, it } = globalThis as Partial<TestRunner>;
  return describe === undefined || it === undefined ? undefined : { describe, it };
}

declareEverySuite(runnerAtHand() ?? (await import("node:test")));
