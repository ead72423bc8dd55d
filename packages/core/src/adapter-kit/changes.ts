import type { StoredStrategy } from "../contracts/strategy-store.ts";
import type { Change } from "../model/change.ts";
import { SynclineError } from "../model/errors.ts";

/** Changes as one parameter: `[{"c": category, "k": canonical condition, "o": operation}, …]`, in their order. */
export function changesJson(changes: readonly Change[]): string {
  return JSON.stringify(changes.map(({ category, key, operation }) => ({ c: category, k: key, o: operation })));
}

/** Of a backfill whose query yields rows with no value in a key's column. */
export function missingKeys(count: number, category: string): SynclineError {
  const message =
    `${count} of the rows have no value in a column of the key of category "${category}"; nothing was recorded. ` +
    "Leave such rows out (WHERE … IS NOT NULL).";
  return new SynclineError("query.data", message);
}

/** A row of the strategy table. The name is the row's, whatever the definition says. `definition` is an object's JSON. */
export function storedStrategy(table: string, name: string, definition: string): StoredStrategy {
  const options = JSON.parse(definition) as { readonly [option: string]: unknown };
  return { source: `${table}[${name}]`, definition: { ...options, name } };
}
