import type { StrategyDefinition, StrategyStore } from "@syncline/core/spi";
import { type StrategyStoreFixture, strategyStoreConformance } from "@syncline/testkit";
import { describe, it } from "vitest";
import { combineStores } from "../../packages/core/src/stores/combine-stores.ts";
import { inCodeStrategies } from "../../packages/core/src/stores/in-code-strategies.ts";
import { memoryStrategyFixture } from "../../packages/testkit/src/testing/memory-strategy-fixture.ts";

const runner = { describe, it };

describe("strategies in code", () => {
  strategyStoreConformance(inCodeFixture, runner, {
    capabilities: [],
    skip: {
      "the revision changes with every edit": "code does not change while the process runs",
      "a load whose signal has fired is refused": "nothing is loaded from anywhere, so there is nothing to give up",
    },
  });
});

describe("a store that tells of edits, combined with code that has no strategies", () => {
  strategyStoreConformance(() => combinedWith(inCodeStrategies([])), runner, { capabilities: ["subscribe"] });
});

describe("a store combined with one that tells of nothing", () => {
  strategyStoreConformance(() => combinedWith({ load: inCodeStrategies([]).load }), runner, { capabilities: [] });
});

describe("two stores that tell of edits, of which one is edited", () => {
  strategyStoreConformance(
    async () => {
      const other = await memoryStrategyFixture();
      const fixture = await combinedWith(other.store);
      return { ...fixture, close: () => fixture.close().then(other.close) };
    },
    runner,
    { capabilities: ["subscribe"] },
  );
});

/** What is put before the first load is what stands in the code. */
function inCodeFixture(): StrategyStoreFixture {
  const code = new Map<string, StrategyDefinition>();
  const load = (signal: AbortSignal) =>
    // A definition in code has the category itself; the store passes on whatever it is given.
    inCodeStrategies([...code.values()] as unknown as Parameters<typeof inCodeStrategies>[0]).load(signal);
  return {
    store: { load },
    put: async (definition) => void code.set(definition.name, definition),
    remove: async (name) => void code.delete(name),
    close: async () => {},
  };
}

async function combinedWith(other: StrategyStore): Promise<StrategyStoreFixture> {
  const { store, ...fixture } = await memoryStrategyFixture();
  return { ...fixture, store: combineStores([other, store]) };
}
