import type { CategoryDefinition, FieldType } from "../model/category-definition.ts";
import type { CategorySource } from "../model/category-source.ts";
import type { Problem } from "../model/problem.ts";

/** A category that names its source. */
export interface SourcedCategory extends CategoryDefinition {
  readonly source: CategorySource;
}

/** A table or view that a category may name as its source. */
export interface SourceTable {
  /** As `CategorySource.table` takes it, in quotes where SQL needs them: `shop."Order Lines"`. */
  readonly table: string;
  /** `view`: triggers cannot record its changes. Also a materialized view, a foreign or virtual table. */
  readonly kind: "table" | "view";
  /** Whether the login may read all of it. */
  readonly readable: boolean;
  readonly columns: readonly SourceTableColumn[];
  /** Columns of the primary key, else of another unique key without NULLs, by name. Empty: none. */
  readonly key: readonly string[];
}

export interface SourceTableColumn {
  readonly name: string;
  /** As SQL needs it: `id`, `"Order No"`. */
  readonly sql: string;
  /** As SQL writes it: `numeric(12,2)`. */
  readonly type: string;
  /** The type that a key field of the column has to have; `null`: it can be no key. */
  readonly field: FieldType | null;
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
  /**
   * All tables and views that are not the database's own, an extension's or Syncline's, in the order
   * of their names: what `syncline init` chooses from. Without this member it is not possible there.
   */
  tables?(signal: AbortSignal): Promise<readonly SourceTable[]>;
}
