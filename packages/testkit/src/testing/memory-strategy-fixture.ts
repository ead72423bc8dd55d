import type { StrategyStore } from "@syncline/core/spi";
import type { StrategyStoreFixture } from "../strategy-store/conformance.ts";
import { never } from "../suite/expectations.ts";
import { memoryFixture } from "./memory-fixture.ts";

/** The memory database's strategies, through a store that may be broken. */
export async function memoryStrategyFixture(
  broken: (sound: StrategyStore) => StrategyStore = (sound) => sound,
): Promise<StrategyStoreFixture> {
  const { session, strategies, close } = memoryFixture();
  await session.migrate(never);
  if (session.strategyStore === undefined || strategies === undefined)
    throw new Error("The database keeps no strategies.");
  return { store: broken(session.strategyStore), ...strategies, close };
}
