import { storedStrategy } from "@syncline/core/adapter-kit";
import { type StoredStrategy, type StrategyStore, SynclineError } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { loadStrategies } from "./sql/load-strategies.ts";
import { ownStatement } from "./sql/statement.ts";

/**
 * The table of strategies: `schemaName` is its name, `schema` the same quoted. It needs no `subscribe`: each dispatch is
 * told the revision in its own transaction, and reloads if it has an older one.
 */
export function createStrategyStore(connections: Connections, schema: string, schemaName: string): StrategyStore {
  const statement = ownStatement("strategies", loadStrategies(schema));
  return {
    async load(signal) {
      const rows = await connections.run(statement, [], signal);
      const revision = rows[0]?.[0];
      if (revision === null || revision === undefined)
        throw new SynclineError("database.schema", `The row of ${schemaName}.dispatcher is missing. Run migrate().`);
      const strategies = rows.flatMap(([, name, definition, bytes, enabled]): StoredStrategy[] =>
        name === null || name === undefined
          ? []
          : [storedStrategy(`${schemaName}.strategy`, name, definition ?? "{}", bytes, enabled !== "0")],
      );
      return { strategies, revision };
    },
  };
}
