import type { StoredStrategy } from "../contracts/strategy-store.ts";
import type { Change } from "../model/change.ts";
import { SynclineError } from "../model/errors.ts";

/** Changes as one parameter: `[{"c": category, "k": canonical condition, "o": operation, "t": trace context, if any}, …]`, in their order. */
export function changesJson(changes: readonly Change[]): string {
  return JSON.stringify(
    changes.map(({ category: c, key: k, operation: o, traceparent }) =>
      traceparent ? { c, k, o, t: traceparent } : { c, k, o },
    ),
  );
}

/** Of a backfill whose query yields rows with no value in a key's column. */
export function missingKeys(count: number, category: string): SynclineError {
  const message =
    `${count} of the rows have no value in a column of the key of category "${category}"; nothing was recorded. ` +
    "Leave such rows out (WHERE … IS NOT NULL).";
  return new SynclineError("query.data", message);
}

/** Of a backfill whose query yields rows with a value that the category's field cannot have. */
export function unfitKeys(count: number, category: string): SynclineError {
  const message =
    `${count} of the rows have a value that can be no key of category "${category}" (infinity, NaN, a year outside of 1 to ` +
    "9999, a number that its field cannot hold, more than 400 characters); nothing was recorded. Leave such rows out.";
  return new SynclineError("query.data", message);
}

/**
 * A row of the strategy table. The name is the row's, whatever the definition says. `definition` is
 * an object's JSON; `bytes`, if there are any, how large one is of which the statement left out all
 * but `category` and `coalesce`. It does so of one that is not enabled, too.
 */
export function storedStrategy(
  table: string,
  name: string,
  definition: string,
  bytes?: string | number | null,
  isEnabled = true,
): StoredStrategy {
  const source = `${table}[${name.slice(0, 64)}]`;
  // What the statement has let through: parsing alone takes a second for 20 MB, and as much memory again.
  if (definition.length > mostDefinitionBytes)
    return { source, definition: { name }, problem: tooLarge(definition.length) };
  const options = JSON.parse(definition) as { readonly [option: string]: unknown };
  const stored = { source, definition: { ...options, name }, ...(isEnabled ? {} : { disabled: true }) };
  return bytes === undefined || bytes === null ? stored : { ...stored, problem: tooLarge(bytes) };
}

/**
 * What an adapter's statement reads of one definition, and of all of them together; of a larger one
 * only its category.
 */
export const mostDefinitionBytes = 1 << 20;
export const mostDefinitionsBytes = 32 << 20;
/**
 * One more than are put in force, so that it shows that there are more: then none is. So many that
 * are enabled, and as many that are not.
 */
export const mostDefinitions = 5_001;

function tooLarge(bytes: string | number): string {
  return `It has ${bytes} bytes, and is not read: one may have ${mostDefinitionBytes}, and all together ${mostDefinitionsBytes}.`;
}
