import type { StoredStrategy, StrategyStore } from "../../contracts/strategy-store.ts";
import { type AnswerRow, flagOf } from "../../model/answer-row.ts";
import { SynclineError } from "../../model/errors.ts";
import { storedStrategy } from "../changes.ts";
import { type Asked, askAlone, type Nothing, type SqlDriver } from "./driver.ts";

/** Names as a person would write them. */
export interface StrategyTables {
  readonly dispatcher: string;
  readonly strategy: string;
  readonly category?: string;
}

/**
 * The table of strategies. It needs no `subscribe`: each dispatch is told the revision in its own
 * transaction, and reloads if it has an older one.
 *
 * `strategies` answers, in one snapshot, rows of: revision (no row, or NULL, without the row of the
 * dispatcher), name (NULL without a strategy), definition, the number of its bytes if it is too
 * large and was left out, whether it is enabled.
 */
export function createStrategyStore<Statement>(
  driver: SqlDriver<Statement>,
  { strategies }: { readonly strategies: Asked<Statement, Nothing> },
  tables: StrategyTables,
): StrategyStore {
  return {
    async load(signal) {
      const rows = await askAlone(driver, strategies, {}, signal);
      const revision = rows[0]?.[0];
      if (revision === null || revision === undefined)
        throw new SynclineError("database.schema", `The row of ${tables.dispatcher} is missing. Run migrate().`);
      return { strategies: rows.flatMap((row) => strategyOf(row, tables.strategy)), revision: String(revision) };
    },
  };
}

function strategyOf([, name, definition, bytes, enabled]: AnswerRow, table: string): readonly StoredStrategy[] {
  if (name === null || name === undefined) return [];
  const size = bytes === null || bytes === undefined ? null : String(bytes);
  return [storedStrategy(table, String(name), String(definition ?? "{}"), size, flagOf(enabled))];
}
