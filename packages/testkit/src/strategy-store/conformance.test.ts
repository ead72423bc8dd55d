import type { StrategyStore } from "@syncline/core/spi";
import { describe, expect, it } from "vitest";
import { runCheck } from "../suite/declare-suite.ts";
import { never } from "../suite/expectations.ts";
import { memoryStrategyFixture } from "../testing/memory-strategy-fixture.ts";
import { strategyStoreChecks, strategyStoreConformance } from "./conformance.ts";

strategyStoreConformance(() => memoryStrategyFixture(), { describe, it }, { capabilities: [] });

const mutants: readonly (readonly [name: string, caughtBy: string, broken: (sound: StrategyStore) => StrategyStore])[] =
  [
    [
      "keeps its revision whatever is edited",
      "the revision changes with every edit",
      (sound) => ({ load: async (signal) => ({ ...(await sound.load(signal)), revision: "1" }) }),
    ],
    [
      "has a new revision each time",
      "the revision stays where nothing was edited",
      (sound) => ({ load: async (signal) => ({ ...(await sound.load(signal)), revision: crypto.randomUUID() }) }),
    ],
    [
      "drops wrong definitions",
      "a wrong definition is loaded too, for core to report, and stops no other",
      (sound) => ({
        load: async (signal) => {
          const { strategies, revision } = await sound.load(signal);
          return { strategies: strategies.filter(({ definition }) => "query" in definition), revision };
        },
      }),
    ],
    [
      "names one source for all",
      "each strategy says where it stands",
      (sound) => ({
        load: async (signal) => {
          const { strategies, revision } = await sound.load(signal);
          return { strategies: strategies.map((each) => ({ ...each, source: "somewhere" })), revision };
        },
      }),
    ],
    ["heeds no signal", "a load whose signal has fired is refused", (sound) => ({ load: () => sound.load(never) })],
  ];

describe("a store is caught, by the check meant for it, that", () => {
  it.each(mutants)("%s", async (_, caughtBy, broken) => {
    const check = strategyStoreChecks.flatMap(({ checks }) => checks).find(({ name }) => name === caughtBy);
    if (check === undefined) throw new Error(`There is no check "${caughtBy}".`);
    await expect(runCheck(check, () => memoryStrategyFixture(broken))).rejects.toThrow();
  });
});
