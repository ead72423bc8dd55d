import type { OperatorRecord } from "./audit-log.ts";
import type { StoredCategory } from "./strategy-store.ts";

/** What a table of definitions holds. */
export type DefinitionKind = "category" | "strategy";

/** A row of the table of categories or of strategies, as it stands there. */
export interface DefinitionRow {
  readonly kind: DefinitionKind;
  readonly name: string;
  /** JSON of an object: the definition without its name. */
  readonly definition: string;
  /** Of a category: true. */
  readonly enabled: boolean;
}

/** One row to be put, whether it is there or not, or to be removed. */
export type DefinitionEdit =
  | DefinitionRow
  | { readonly kind: DefinitionKind; readonly name: string; readonly remove: true };

/** The rows of both tables, and of which revision they are: see `LoadedStrategies.revision`. */
export interface StoredDefinitions {
  readonly rows: readonly DefinitionRow[];
  readonly revision: string;
}

/**
 * The tables of categories and of strategies, as data. Every edit of either, by whoever, changes
 * the revision that `Route` is given, in the editor's own transaction. Errors: as of `Poller`.
 */
export interface DefinitionTable {
  /**
   * The categories alone, in the order of their names; of one that is too large (1 MiB, all
   * together 32), the name and why it was not read.
   */
  categories(
    signal: AbortSignal,
  ): Promise<{ readonly categories: readonly StoredCategory[]; readonly revision: string }>;
  /** All rows, in one snapshot. */
  list(signal: AbortSignal): Promise<StoredDefinitions>;
  /**
   * All edits, in one transaction, if the revision is still this one; otherwise false, and nothing
   * was done. Core gives each kind and name once, and no more than 10,000. With an `audit`, the
   * record is kept in the same transaction, its count that of the edits.
   */
  edit(
    edits: readonly DefinitionEdit[],
    revision: string,
    signal: AbortSignal,
    record?: OperatorRecord,
  ): Promise<boolean>;
}
