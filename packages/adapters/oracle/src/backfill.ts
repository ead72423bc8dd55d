import { missingKeys, throwIfAborted } from "@syncline/core/adapter-kit";
import { type Backfill, type CategoryDefinition, type OperatorRecord, SynclineError } from "@syncline/core/spi";
import { asciiJson } from "./character-set.ts";
import { type Connections, openRows, rollBackQuietly, runStatement } from "./connections.ts";
import type { OracleConnection } from "./driver.ts";
import { breaksConnection, translateError, type WordsShown } from "./errors.ts";
import { whyNotRecorded } from "./key-types.ts";
import { backfillChanges, backfillKeys, selectKeys } from "./sql/backfill.ts";
import type { Place } from "./sql/names.ts";
import type { OwnStatement } from "./sql/statement.ts";
import type { NamedStatement } from "./sql-driver.ts";
import type { BindValues } from "./statement-binds.ts";

type KeysBackfill = Extract<Backfill, { readonly keys: string }>;

interface Recording {
  readonly shown: WordsShown;
  /** Keeps the record, in the same transaction. */
  readonly keep: NamedStatement;
  readonly record: OperatorRecord | undefined;
}

/**
 * In portions, of which each is a call of its own, and in one transaction: nobody waits for its
 * locks, and nothing is recorded if one key lacks a value. A call may take longer than others of
 * ours: before its first row, the query may sort all of them.
 */
export async function backfillFromKeys(
  connections: Connections,
  place: Place,
  { strategy, category, keys }: KeysBackfill,
  { shown, record, keep }: Recording,
  signal: AbortSignal,
): Promise<number> {
  const insert = backfillChanges(place);
  try {
    return await connections.withConnection(async (connection) => {
      await refuseTypes(connection, category, keys);
      connection.callTimeout = Math.max(connection.callTimeout ?? 0, mostForACall);
      let recorded = 0;
      let missing = 0;
      try {
        for await (const conditions of portionsOf(connection, backfillKeys(category, keys), signal)) {
          const found = conditions.filter((condition) => condition !== null);
          missing += conditions.length - found.length;
          if (missing > 0) continue;
          const rows = found.map((condition) => changeRow(category.name, condition, "upsert", strategy));
          recorded += (await runStatement(connection, insert, rows, false)).rowsAffected;
        }
        if (missing > 0) throw missingKeys(missing, category.name);
        if (record !== undefined && recorded > 0)
          await runStatement(connection, keep.statement, keep.values({ ...record, count: recorded }), false);
        await connection.commit();
        return recorded;
      } catch (error) {
        await rollBackQuietly(connection, error);
        throw error;
      }
    }, signal);
  } catch (error) {
    throw translateError(error, "query", shown);
  }
}

const mostForACall = 600_000;
const portion = 1_000;

async function* portionsOf(connection: OracleConnection, statement: OwnStatement, signal: AbortSignal) {
  const rows = await openRows(connection, statement);
  try {
    for (;;) {
      throwIfAborted(signal);
      const found = (await rows.getRows(portion)) as readonly (readonly [condition: string | null])[];
      if (found.length === 0) return;
      yield found.map(([condition]) => condition);
    }
  } finally {
    await rows.close().catch(() => {});
  }
}

/** In ASCII, so that no character set alters it. */
export function changeRow(category: string, key: string, operation: string, strategy: string): BindValues {
  return { category, condition: asciiJson(key), operation, strategy };
}

/**
 * The keys' columns, as the server describes them: nothing runs. A column that is missing is the
 * query's to report.
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
