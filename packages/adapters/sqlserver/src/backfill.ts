import { missingKeys } from "@syncline/core/adapter-kit";
import { type Backfill, type OperatorRecord, SynclineError } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { translateError, type WordsShown } from "./errors.ts";
import { recordJson } from "./record-json.ts";
import { backfillKeys } from "./sql/backfill.ts";
import { shapeOf } from "./template-shape.ts";

type KeysBackfill = Extract<Backfill, { readonly keys: string }>;

export async function backfillFromKeys(
  connections: Connections,
  schema: string,
  { strategy, category, keys }: KeysBackfill,
  { shown, record }: { readonly shown: WordsShown; readonly record: OperatorRecord | undefined },
  signal: AbortSignal,
): Promise<number> {
  const { refusal } = shapeOf(keys);
  if (refusal !== undefined) throw new SynclineError("query.invalid", `The query of the keys: ${refusal}`);
  const statement = backfillKeys(schema, category, keys);
  const rows = await connections
    .runLong(statement, { category: category.name, strategy, record: recordJson(record) }, signal)
    .catch((error: unknown) => {
      throw asQueryError(error, shown);
    });
  const [recorded, missing] = rows[0] ?? [];
  if (Number(missing) > 0) throw missingKeys(Number(missing), category.name);
  return Number(recorded);
}

/** Most of the statement is the query that was given: what fails there is its fault. */
function asQueryError(error: unknown, shown: WordsShown): SynclineError {
  const cause = error instanceof Error ? error.cause : undefined;
  return translateError(cause ?? error, "query", shown);
}
