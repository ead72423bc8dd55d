import type { DatabaseAdapter, DatabaseCapabilities, DatabaseSession, StrategyDefinition } from "@syncline/core/spi";
import type { Closable } from "../suite/check.ts";

/** A transaction as an application has it. */
export interface OpenTransaction<Tx> {
  /** What the application gives to `recorder.record`. */
  readonly tx: Tx;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** A row of the source table. */
export interface SourceRow {
  readonly id: number;
  readonly owner: number;
  readonly label: string | null;
}

/**
 * A business table with the columns `id` (integer, primary key), `owner` (integer) and `label` (text of 200 characters
 * or more, or NULL), for the composed reads. Both members work in one transaction each.
 */
export interface SourceTable {
  /** The table as templates name it. */
  readonly name: string;
  /** The table as a category's source names it. Capabilities `capture` and `sources`. */
  readonly captureName?: string;
  /** Inserts rows, or replaces those of the same id. */
  put(rows: readonly SourceRow[]): Promise<void>;
  remove(ids: readonly number[]): Promise<void>;
}

/** What only the database's own language can say. Templates use the key field `:id`. */
export interface SpecialTemplates {
  /** Runs for ten seconds at least, if nobody ends it. Capability `slowQueries`. */
  readonly slow?: string;
  /** Fails because of a value: the label of the source row 1, which is `x`, is no number. Capability `failingValues`. */
  readonly failing?: string;
  /** Statements without parameters that try to change the source table, each in another way. */
  readonly writing: readonly string[];
}

/** A database whose tables are those of an earlier version. The suite closes the session. */
export interface EarlierSchema {
  readonly name: string;
  readonly session: DatabaseSession;
}

/**
 * A fresh database for one check: its Syncline tables are not made yet, the suite does that with `migrate`. `close` is called
 * when every session has been closed.
 */
export interface DatabaseFixture<Tx = unknown> extends Closable {
  readonly adapter: DatabaseAdapter<Tx>;
  /** The adapter's, opened. The suite closes it. */
  readonly session: DatabaseSession;
  begin(): Promise<OpenTransaction<Tx>>;
  readonly source: SourceTable;
  readonly templates: SpecialTemplates;
  /** Another worker's session on the same database. The suite closes it. Capability `multipleWorkers`. */
  openSession?(): Promise<DatabaseSession>;
  /** How an operator edits the strategies that the database keeps. Capability `strategyTable`. */
  readonly strategies?: {
    put(definition: StrategyDefinition): Promise<void>;
    remove(name: string): Promise<void>;
  };
  /**
   * Starts the operation on `session`, cuts its connection while the database is at it, and resolves with what became of
   * it once it has ended. Capability `interruption`.
   */
  interruptDuring?(operation: () => Promise<unknown>): Promise<{ readonly error?: unknown }>;
  /** Databases of every earlier version of the tables. Capability `earlierSchemas`. */
  earlierSchemas?(): Promise<readonly EarlierSchema[]>;
  /**
   * A session on tables of their own, not yet made, beside the others on the same server: as after
   * a restore, a move, in a fresh schema. The suite closes it. Capability `tablesAnew`.
   */
  openAnew?(): Promise<DatabaseSession>;
}

/** What the adapter declares, and what its database or its fixture can do besides. */
export type DatabaseCapability =
  | keyof DatabaseCapabilities
  /** A transaction that records stays open while others, and the adapter, write. */
  | "concurrentTransactions"
  /** Templates may join, aggregate and nest: the database speaks SQL. */
  | "sql"
  | "slowQueries"
  | "failingValues"
  | "interruption"
  | "earlierSchemas"
  /** The fixture can make the tables anew. */
  | "tablesAnew";

/** Each capability once. */
export const databaseCapabilities: readonly DatabaseCapability[] = [
  "multipleWorkers",
  "strategyTable",
  "changeSignal",
  "snapshotReads",
  "strandedWork",
  "capture",
  "sources",
  "audit",
  "definitions",
  "strategyHistory",
  "diagnosis",
  "backfills",
  "concurrentTransactions",
  "sql",
  "slowQueries",
  "failingValues",
  "interruption",
  "earlierSchemas",
  "tablesAnew",
];

/** How to make a {@link DatabaseFixture}. */
export type CreateDatabaseFixture<Tx> = () => Promise<DatabaseFixture<Tx>> | DatabaseFixture<Tx>;
