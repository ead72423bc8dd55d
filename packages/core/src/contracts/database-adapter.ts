import type { AuditLog } from "./audit-log.ts";
import type { BackfillStore } from "./backfill-store.ts";
import type { BacklogStore } from "./backlog-store.ts";
import type { CategorySources } from "./category-sources.ts";
import type { ChangeCapture } from "./change-capture.ts";
import type { ChangeRecorder } from "./change-recorder.ts";
import type { ChangeSignal } from "./change-signal.ts";
import type { DefinitionTable } from "./definition-table.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { Logger } from "./logger.ts";
import type { Poller } from "./poller.ts";
import type { QueryRunner } from "./query-runner.ts";
import type { Versioned } from "./spec-version.ts";
import type { SqlDialect } from "./sql-dialect.ts";
import type { StrandedWork } from "./stranded-work.ts";
import type { StrategyHistory } from "./strategy-history.ts";
import type { StrategyStore } from "./strategy-store.ts";

/** Declared as data; what is declared is tested, and core has a fallback or a typed refusal for what is not. */
export interface DatabaseCapabilities {
  /** Several workers may share the database. */
  readonly multipleWorkers: boolean;
  /** The database keeps strategies: `DatabaseSession.strategyStore`. */
  readonly strategyTable: boolean;
  /** The database can wake a poller: `DatabaseSession.changeSignal`. */
  readonly changeSignal: boolean;
  /** All statements of a read see one snapshot. */
  readonly snapshotReads: boolean;
  /** What renamed and removed strategies have left is found: `DatabaseSession.strandedWork`. */
  readonly strandedWork?: boolean;
  /** Categories stand in a table, and both tables can be edited: `DatabaseSession.definitions`. */
  readonly definitions?: boolean;
  /** Triggers record what changes in a category's source: `DatabaseSession.capture`. */
  readonly capture?: boolean;
  /** The tables that categories name are looked up: `DatabaseSession.sources`. */
  readonly sources?: boolean;
  /** What operators do is kept, with who did it and why: `DatabaseSession.audit`. */
  readonly audit?: boolean;
  /** Each version of a strategy in the table is kept: `DatabaseSession.strategyHistory`. */
  readonly strategyHistory?: boolean;
  /** The database and Syncline's part of it are looked at for faults: `DatabaseSession.diagnosis`. */
  readonly diagnosis?: boolean;
  /** Backfills are kept, and go on where they stood: `DatabaseSession.backfills`. */
  readonly backfills?: boolean;
}

export interface DatabaseContext {
  readonly log: Logger;
}

export interface MigrationReport {
  /** Names of the migrations applied by this call, in order; empty if there was nothing to do. */
  readonly applied: readonly string[];
}

export interface PendingMigration {
  readonly name: string;
  /** What it runs, in order; what is not there yet is made (`IF NOT EXISTS`) where that is so. */
  readonly statements: readonly string[];
}

/** What `migrate` would run now. */
export interface PendingMigrations {
  /** In their order; empty if there is nothing to do. */
  readonly migrations: readonly PendingMigration[];
  /** What a client of this database wants after each statement: `;`, `\nGO`. */
  readonly terminator: string;
}

/**
 * A right of the login that strategies' queries run with which reading does not need.
 * - `danger`: with it a template does more than read, or reads what it should not. The login is a
 *   superuser's, Syncline's own, or may write.
 * - `notice`: it makes harm easier, and applications may need it.
 */
export interface SurplusRight {
  readonly severity: "danger" | "notice";
  /** The login, as the database names it. */
  readonly login: string;
  /** What it is: `superuser`, `EXECUTE on pg_catalog.pg_logical_emit_message(boolean, text, text)`. */
  readonly right: string;
  /** What a template can do with it, and what takes it away: a sentence each. */
  readonly message: string;
}

/** The live parts of one database. Core opens it once and closes it last. */
export interface DatabaseSession {
  readonly poller: Poller;
  readonly queryRunner: QueryRunner;
  readonly backlog: BacklogStore;
  readonly strategyStore?: StrategyStore;
  readonly definitions?: DefinitionTable;
  readonly changeSignal?: ChangeSignal;
  readonly strandedWork?: StrandedWork;
  readonly capture?: ChangeCapture;
  readonly sources?: CategorySources;
  readonly audit?: AuditLog;
  readonly strategyHistory?: StrategyHistory;
  readonly diagnosis?: Diagnosis;
  readonly backfills?: BackfillStore;
  /** Versioned, repeatable, safe when several workers start at once. */
  migrate(signal: AbortSignal): Promise<MigrationReport>;
  /**
   * What `migrate` would run, as far as it is known before. Changes nothing. Errors: as `checkSchema`, and
   * `database.schema` where the tables are newer than this adapter.
   */
  pendingMigrations?(signal: AbortSignal): Promise<PendingMigrations>;
  /** `undefined` if the tables are there in a version this adapter can work with; otherwise a sentence. */
  checkSchema(signal: AbortSignal): Promise<string | undefined>;
  /**
   * What the login that strategies' queries run with may do beyond reading. Changes nothing; empty
   * if all is well. Asked when a pipeline starts with strategies from a table, and by
   * `pipeline.reviewRights()`. Errors: `database.unavailable`, `database.busy`, `database.failed`,
   * `operation.aborted`.
   */
  reviewRights?(signal: AbortSignal): Promise<readonly SurplusRight[]>;
  close(): Promise<void>;
}

/** What a database package's function returns. */
export interface DatabaseAdapter<Tx = unknown> extends Versioned {
  /** The package's word for itself: `postgres`, `@acme/db2`. */
  readonly name: string;
  readonly capabilities: DatabaseCapabilities;
  readonly dialect: SqlDialect;
  /** Usable without a session: it works on the caller's own connection. */
  readonly recorder: ChangeRecorder<Tx>;
  /** No I/O: connect on first use. Called once. */
  open(context: DatabaseContext): DatabaseSession;
}
