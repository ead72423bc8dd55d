import { storedStrategy } from "@syncline/core/adapter-kit";
import { type StoredStrategy, type StrategyStore, SynclineError } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { loadStrategies } from "./sql/load-strategies.ts";
import { nameOf, type Place } from "./sql/names.ts";

/**
 * The table of strategies. It needs no `subscribe`: each dispatch is told the revision in its own transaction, and reloads if
 * it has an older one.
 */
export function createStrategyStore(connections: Connections, place: Place): StrategyStore {
  const statement = loadStrategies(place);
  return {
    async load(signal) {
      const { rows } = await connections.run(statement, {}, signal);
      const revision = rows[0]?.[0];
      if (revision === null || revision === undefined)
        throw new SynclineError(
          "database.schema",
          `The row of ${nameOf(place, "dispatcher")} is missing. Run migrate().`,
        );
      const strategies = rows.flatMap(([, name, definition, bytes, enabled]): StoredStrategy[] =>
        name === null || name === undefined
          ? []
          : [storedStrategy(nameOf(place, "strategy"), name, definition ?? "{}", bytes ?? null, enabled !== "0")],
      );
      return { strategies, revision };
    },
  };
}
