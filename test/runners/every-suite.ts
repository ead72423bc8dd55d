import type { StrategyStore } from "@syncline/core/spi";
import { http } from "@syncline/http";
import {
  databaseConformance,
  httpFixture,
  queryComposerConformance,
  strategyStoreConformance,
  type TestRunner,
  transportConformance,
} from "@syncline/testkit";
import { memoryComposerFixture } from "../../packages/testkit/src/testing/memory-composer-fixture.ts";
import { memoryCapabilities, memoryFixture } from "../../packages/testkit/src/testing/memory-fixture.ts";
import { memoryStrategyFixture } from "../../packages/testkit/src/testing/memory-strategy-fixture.ts";

/** The one check that fails in {@link declareEverySuite}. */
export const plantedFailure = "the revision changes with every edit";

const print = () => {};
const path = "/orders";

const frozen = (sound: StrategyStore): StrategyStore => ({
  load: async (signal) => ({ ...(await sound.load(signal)), revision: "1" }),
});

/** Each suite on what is sound, and one of them on a store with one fault. */
export function declareEverySuite(runner: TestRunner): void {
  databaseConformance(() => memoryFixture(), runner, { capabilities: memoryCapabilities, print });
  transportConformance(httpTransportFixture, runner, { capabilities: ["batch", "perItemOutcome", "delete"], print });
  strategyStoreConformance(() => memoryStrategyFixture(), runner, { capabilities: ["subscribe"], print });
  queryComposerConformance(() => memoryComposerFixture(), runner, { capabilities: ["set", "runs"], print });
  strategyStoreConformance(() => memoryStrategyFixture(frozen), runner, { capabilities: [], print });
}

function httpTransportFixture() {
  const answer = { message: "error" };
  const items = { path: "errors", index: "index", code: "code", message: "message", kind: "rejected" };
  return httpFixture(({ url, secret }) => http({ baseUrl: url, auth: { bearer: secret } }), {
    single: { path, options: { envelope: true, answer } },
    batch: { path, options: { envelope: true, answer: { ...answer, items } } },
  });
}
