import type { CategoryDefinition } from "../model/category-definition.ts";
import type { CategorySource } from "../model/category-source.ts";
import type { Problem } from "../model/problem.ts";

/** A category that names its source. */
export interface SourcedCategory extends CategoryDefinition {
  readonly source: CategorySource;
}

/**
 * What the database knows of the tables that categories name as their sources. Changes nothing.
 *
 * Errors of any member: `database.unavailable`, `database.busy`, `database.failed`,
 * `operation.aborted`.
 */
export interface CategorySources {
  /**
   * What is wrong: no such table or column, or a type that does not fit its key field, with what to
   * declare. Empty if all is well. Places are within the category: `source.table`,
   * `source.columns.orderId`, `fields.orderId`.
   */
  check(category: SourcedCategory, signal: AbortSignal): Promise<readonly Problem[]>;
  /**
   * A SELECT of all keys, whose columns are named as the category's fields: what `backfill` takes as
   * `keys`. A key may come more than once. Errors: also `config.invalid`, with what `check` says.
   */
  keys(category: SourcedCategory, signal: AbortSignal): Promise<string>;
  /**
   * A template with the category's fields as its parameters, which yields one row or more if the
   * source has one with that key, whatever strategies filter by. It is read as strategies are.
   * `undefined` where none would prove nothing: of a view, or where row security may hide rows.
   * Without this member, why keys are absent is not known. Errors: also `config.invalid`.
   */
  presence?(category: SourcedCategory, signal: AbortSignal): Promise<string | undefined>;
}
