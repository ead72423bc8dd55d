import type { StoredStrategy, StrategyStore } from "@syncline/core/spi";
import { describe, expect, it } from "vitest";
import { runCheck } from "../suite/declare-suite.ts";
import { never } from "../suite/expectations.ts";
import { memoryStrategyFixture } from "../testing/memory-strategy-fixture.ts";
import { strategyStoreChecks, strategyStoreConformance } from "./conformance.ts";

strategyStoreConformance(() => memoryStrategyFixture(), { describe, it }, { capabilities: ["subscribe"] });

type Loading = (definition: StoredStrategy["definition"]) => StoredStrategy["definition"];

/** Loads other definitions than there are. */
function altering(alter: Loading): (sound: StrategyStore) => StrategyStore {
  return ({ load }) => ({
    load: async (signal) => {
      const { strategies, revision } = await load(signal);
      return { strategies: strategies.map((each) => ({ ...each, definition: alter(each.definition) })), revision };
    },
  });
}

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
    [
      "begins with an example",
      "an empty store loads no strategies, and has a revision",
      (sound) => ({
        load: async (signal) => {
          const { strategies, revision } = await sound.load(signal);
          const example = { source: "example", definition: { name: "example" } };
          return { strategies: strategies.length === 0 ? [example] : strategies, revision };
        },
      }),
    ],
    [
      "loads the options that it knows",
      "what was put is loaded as it was, with every option and character",
      altering(({ options: _, ...known }) => known),
    ],
    [
      "folds the blanks of a query",
      "what was put is loaded as it was, with every option and character",
      altering((definition) => ({ ...definition, query: String(definition.query).replaceAll(/\s+/g, " ") })),
    ],
    [
      "keeps what was removed until it starts anew",
      "a removed strategy is not loaded",
      (sound) => {
        const known = new Map<string, StoredStrategy>();
        return {
          load: async (signal) => {
            const { strategies, revision } = await sound.load(signal);
            for (const each of strategies) known.set(each.definition.name, each);
            return { strategies: [...known.values()], revision };
          },
        };
      },
    ],
    [
      "goes on telling whoever has stopped listening",
      "a subscriber hears of an edit, and of none once it has stopped",
      ({ load, subscribe }) => ({
        load,
        subscribe: (listener) => {
          subscribe?.(listener);
          return () => {};
        },
      }),
    ],
    ["heeds no signal", "a load whose signal has fired is refused", (sound) => ({ load: () => sound.load(never) })],
  ];

const checks = new Map(strategyStoreChecks.flatMap((group) => group.checks).map((check) => [check.name, check]));

describe("mutants of the strategy store conformance: caught, by the check meant for it, is one that", () => {
  it.each(mutants)("%s", async (_, caughtBy, broken) => {
    const check = checks.get(caughtBy);
    if (check === undefined) throw new Error(`There is no check "${caughtBy}".`);
    await expect(runCheck(check, () => memoryStrategyFixture(broken))).rejects.toThrow();
  });
});

it("every check catches a mutant", () => {
  expect(new Set(mutants.map(([, caughtBy]) => caughtBy))).toEqual(new Set(checks.keys()));
});
