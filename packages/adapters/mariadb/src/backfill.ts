import { missingKeys, throwIfAborted, unfitKeys } from "@syncline/core/adapter-kit";
import { type Backfill, isSynclineError, type OperatorRecord } from "@syncline/core/spi";
import type { Connection } from "mariadb";
import type { MariadbConnections } from "./driver.ts";
import { numberOf, translateError, type WordsShown } from "./errors.ts";
import { type BackfillTexts, backfillTexts } from "./sql/backfill-keys.ts";
import type { NamedStatement } from "./sql/statement.ts";

type KeysBackfill = Extract<Backfill, { readonly keys: string }>;

/** The table's constraint, at which a row without a usable key fails: MariaDB's number, and MySQL's. */
const constraintFails: ReadonlySet<number> = new Set([4025, 3819]);

interface Recording {
  readonly shown: WordsShown;
  /** Keeps the record, in the same transaction. */
  readonly keep: NamedStatement;
  readonly record: OperatorRecord | undefined;
}

/** Records what a query of keys yields, or nothing if one of its rows has no key. */
export async function backfillFromKeys(
  connections: MariadbConnections,
  schema: string,
  { strategy, category, keys }: KeysBackfill,
  { shown, keep, record }: Recording,
  signal: AbortSignal,
): Promise<number> {
  const texts = backfillTexts(schema, category, keys);
  try {
    return await connections.withConnection(
      async (connection, doubt) => {
        // It takes as long as somebody's query: the limits of our own statements are not for it.
        doubt();
        await connection.query("SET SESSION max_statement_time = 0").catch(() => {});
        const insert = await connection.prepare(texts.insert).catch((error: unknown) => {
          throw translateError(error, "prepared");
        });
        throwIfAborted(signal);
        try {
          await connection.query("START TRANSACTION");
          const count = Number((await insert.execute([category.name, strategy])).affectedRows);
          if (record !== undefined) await connection.execute(keep.text, [...keep.values({ ...record, count })]);
          await connection.query("COMMIT");
          return count;
        } catch (error) {
          await connection.query("ROLLBACK");
          if (!constraintFails.has(numberOf(error))) throw error;
          throw (await whatIsWrong(connection, texts, category.name)) ?? error;
        }
      },
      signal,
      { deadlineMs: undefined },
    );
  } catch (error) {
    throw isSynclineError(error) ? error : translateError(error, "query", shown);
  }
}

async function whatIsWrong(connection: Connection, { count }: BackfillTexts, category: string) {
  const [row] = await connection.execute(count);
  if (Number(row?.[0]) > 0) return missingKeys(Number(row[0]), category);
  return Number(row?.[1]) > 0 ? unfitKeys(Number(row[1]), category) : undefined;
}
