import type { StrategyStore } from "@syncline/core/spi";
import type { StrategyStoreFixture } from "../strategy-store/conformance.ts";
import { never } from "../suite/expectations.ts";
import { memoryFixture } from "./memory-fixture.ts";

/** The memory database's strategies, whose keeper tells of each edit; the store may be broken. */
export async function memoryStrategyFixture(
  broken: (sound: StrategyStore) => StrategyStore = (sound) => sound,
): Promise<StrategyStoreFixture> {
  const { session, strategies, close } = memoryFixture();
  await session.migrate(never);
  const { strategyStore } = session;
  if (strategyStore === undefined || strategies === undefined) throw new Error("The database keeps no strategies.");
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  const subscribe = (listener: () => void) => {
    const own = () => listener();
    listeners.add(own);
    return () => listeners.delete(own);
  };
  return {
    store: broken({ load: (signal) => strategyStore.load(signal), subscribe }),
    put: (definition) => strategies.put(definition).then(tell),
    remove: (name) => strategies.remove(name).then(tell),
    close,
  };
}
