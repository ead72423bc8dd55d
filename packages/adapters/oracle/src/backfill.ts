import { missingKeys } from "@syncline/core/adapter-kit";
import { type Backfill, type BacklogStore, type CategoryDefinition, SynclineError } from "@syncline/core/spi";
import { type Connections, runStatement } from "./connections.ts";
import type { OracleConnection } from "./driver.ts";
import { breaksConnection, nativeCodeOf, translateError, type WordsShown } from "./errors.ts";
import { whyNotRecorded } from "./key-types.ts";
import { backfillChanges, backfillKeys, countMissingKeys, selectKeys } from "./sql/backfill.ts";
import type { Place } from "./sql/names.ts";

type KeysBackfill = Extract<Backfill, { readonly keys: string }>;

export function backfillWith(connections: Connections, place: Place, shown: WordsShown): BacklogStore["backfill"] {
  const statement = backfillChanges(place);
  return async (backfill, signal) => {
    if ("keys" in backfill) return backfillFromKeys(connections, place, backfill, shown, signal);
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
  shown: WordsShown,
  signal: AbortSignal,
): Promise<number> {
  const insert = backfillKeys(place, category, keys);
  try {
    return await connections.withConnection(async (connection) => {
      await refuseTypes(connection, category, keys);
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
    throw translateError(error, "query", shown);
  }
}

/**
 * The keys' columns, as the server describes them: nothing runs. A column that is missing is the
 * insert's to report.
 */
async function refuseTypes(connection: OracleConnection, category: CategoryDefinition, keys: string): Promise<void> {
  const { metaData = [] } = await connection.getStatementInfo(selectKeys(keys)).catch((error: unknown) => {
    throw breaksConnection(error) ? error : translateError(error, "described");
  });
  const problems = Object.entries(category.fields).flatMap(([name, type]) => {
    const column = metaData.find((each) => each.name === name);
    const reason = column === undefined ? undefined : whyNotRecorded(type, column);
    return reason === undefined ? [] : [{ at: name, message: `The column "${name}" ${reason}.` }];
  });
  if (problems.length > 0) throw new SynclineError("query.invalid", "These keys cannot be recorded.", { problems });
}
