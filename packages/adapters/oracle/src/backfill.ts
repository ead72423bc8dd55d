import { missingKeys } from "@syncline/core/adapter-kit";
import type { Backfill, BacklogStore } from "@syncline/core/spi";
import { type Connections, runStatement } from "./connections.ts";
import { nativeCodeOf, translateError } from "./errors.ts";
import { backfillChanges, backfillKeys, countMissingKeys } from "./sql/backfill.ts";
import type { Place } from "./sql/names.ts";

type KeysBackfill = Extract<Backfill, { readonly keys: string }>;

export function backfillWith(connections: Connections, place: Place): BacklogStore["backfill"] {
  const statement = backfillChanges(place);
  return async (backfill, signal) => {
    if ("keys" in backfill) return backfillFromKeys(connections, place, backfill, signal);
    if (backfill.changes.length === 0) return 0;
    const rows = backfill.changes.map(({ category, key, operation }) => ({
      category,
      condition: key,
      operation,
      strategy: backfill.strategy,
    }));
    return (await connections.run(statement, rows, signal)).rowsAffected;
  };
}

async function backfillFromKeys(
  connections: Connections,
  place: Place,
  { strategy, category, keys }: KeysBackfill,
  signal: AbortSignal,
): Promise<number> {
  const insert = backfillKeys(place, category, keys);
  try {
    return await connections.withConnection(async (connection) => {
      try {
        const values = { category: category.name, strategy };
        return (await runStatement(connection, insert, values, true)).rowsAffected;
      } catch (error) {
        if (nativeCodeOf(error) !== "ORA-01400") throw error;
        // The statement was undone as a whole; how many there are is for the message.
        const { rows } = await runStatement(connection, countMissingKeys(category, keys), {}, false);
        throw missingKeys(Math.max(1, Number(rows[0]?.[0] ?? 1)), category.name);
      }
    }, signal);
  } catch (error) {
    throw translateError(error, "query");
  }
}
