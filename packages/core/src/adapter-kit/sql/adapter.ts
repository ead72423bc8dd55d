import type { OperatorRecord } from "../../contracts/audit-log.ts";
import type { BacklogStore } from "../../contracts/backlog-store.ts";
import type { CategorySources } from "../../contracts/category-sources.ts";
import type { ChangeCapture } from "../../contracts/change-capture.ts";
import type { ChangeRecorder } from "../../contracts/change-recorder.ts";
import type { ChangeSignal } from "../../contracts/change-signal.ts";
import type {
  DatabaseAdapter,
  DatabaseCapabilities,
  DatabaseContext,
  DatabaseSession,
} from "../../contracts/database-adapter.ts";
import type { Diagnosis } from "../../contracts/diagnosis.ts";
import type { Poller } from "../../contracts/poller.ts";
import type { QueryRunner } from "../../contracts/query-runner.ts";
import type { SqlDialect } from "../../contracts/sql-dialect.ts";
import type { StrategyHistory } from "../../contracts/strategy-history.ts";
import type { Migrator } from "../migrator.ts";
import { strategyVersionOf } from "../rows.ts";
import { createAuditLog } from "./audit-log.ts";
import { type BackfillStatements, createBackfillStore, type KeyPages } from "./backfill-store.ts";
import { type BacklogStatements, createBacklogStore } from "./backlog-store.ts";
import { createDefinitionTable, type DefinitionStatements } from "./definition-table.ts";
import type { DispatchStatements } from "./dispatch.ts";
import { type Asked, askAlone, type Nothing, type SqlDriver } from "./driver.ts";
import { createLeases, type LeaseStatements } from "./leases.ts";
import { createStrandedWork, type StrandedStatements } from "./stranded-work.ts";
import { createStrategyStore, type StrategyTables } from "./strategy-store.ts";
import { createDispatch, type TakeSteps } from "./take.ts";

/** What the kit asks of a database, by its names. */
export type SqlStatements<Statement> = BacklogStatements<Statement> &
  StrandedStatements<Statement> &
  LeaseStatements<Statement> & {
    /** Answers as `createStrategyStore` reads it. */
    readonly strategies: Asked<Statement, Nothing>;
    /** Of a database that keeps categories (`capabilities.definitions`): see `createDefinitionTable`. */
    readonly editing?: DefinitionStatements<Statement>;
    /** At most `limit` versions before one, the newest first. Answers as `strategyVersionOf` reads it. */
    readonly strategyHistory?: Asked<Statement, StrategyHistoryGiven>;
    /** Of a database that keeps backfills (`capabilities.backfills`), with `SqlSession.keyPages`. */
    readonly backfills?: BackfillStatements<Statement>;
  };

export interface StrategyHistoryGiven {
  readonly strategy: string;
  readonly before: number;
  readonly limit: number;
}

type KeysBackfill = Extract<Parameters<BacklogStore["backfill"]>[0], { readonly keys: string }>;

interface SqlSessionParts<Statement> {
  /** How statements run: see `createSqlDriver`. */
  readonly driver: SqlDriver<Statement>;
  /** For messages. */
  readonly tables: StrategyTables;
  /** See `createMigrator`. */
  readonly migrator: Migrator;
  readonly queryRunner: QueryRunner;
  /**
   * Records what `backfill.keys`, a query, yields, and returns how many. Errors: those of
   * `QueryRunner.run`; `missingKeys`. With statements for an audit, it keeps the record as well.
   */
  readonly backfillKeys: (
    backfill: KeysBackfill,
    signal: AbortSignal,
    record: OperatorRecord | undefined,
  ) => Promise<number>;
  /** See `KeyPages`. */
  readonly keyPages?: KeyPages<Statement>;
  readonly blockers?: NonNullable<Poller["blockers"]>;
  readonly changeSignal?: ChangeSignal | undefined;
  readonly capture?: ChangeCapture;
  readonly sources?: CategorySources;
  readonly reviewRights?: NonNullable<DatabaseSession["reviewRights"]>;
  /** See `createDiagnosis`. */
  readonly diagnosis?: Diagnosis;
  /** Lets what is under way end, and closes what Syncline has opened. */
  close(): Promise<void>;
}

/** What a database is once it is opened. */
export type SqlSession<Statement> = SqlSessionParts<Statement> &
  (
    | {
        readonly statements: SqlStatements<Statement> & DispatchStatements<Statement>;
        /** See `takeStepsOf`. */
        readonly take: TakeSteps<Statement>;
        readonly dispatch?: undefined;
      }
    | {
        readonly statements: SqlStatements<Statement>;
        /** A way of its own. */
        readonly dispatch: Poller["dispatch"];
      }
  );

export interface SqlAdapterParts<Tx, Statement> {
  /** The package's word for itself: `postgres`, `@acme/db2`. */
  readonly name: string;
  /** What is not said here every SQL adapter has. */
  readonly capabilities: Omit<DatabaseCapabilities, "strategyTable" | "strandedWork" | "changeSignal"> &
    Partial<Pick<DatabaseCapabilities, "changeSignal">>;
  readonly dialect: SqlDialect;
  readonly recorder: ChangeRecorder<Tx>;
  /** No I/O: connect on first use. */
  open(context: DatabaseContext): SqlSession<Statement>;
}

/** What most databases have: each has parts of its own for it. */
export const commonCapabilities = {
  multipleWorkers: true,
  snapshotReads: true,
  capture: true,
  sources: true,
  audit: true,
  definitions: true,
  strategyHistory: true,
} as const;

/** Tables as a person would write them. */
export function tablesIn(schema: string): Required<StrategyTables> {
  const of = (table: string) => `${schema}.${table}`;
  return { dispatcher: of("dispatcher"), strategy: of("strategy"), category: of("category") };
}

/**
 * A whole adapter of a SQL database: poller, stores, leases and what they have in common stand
 * here; the database brings how a statement runs, its statements' texts, and how its queries read.
 *
 * @example
 * ```ts
 * export function acme(options: AcmeOptions): DatabaseAdapter<AcmeTransaction> {
 *   const { schema, ...resolved } = resolveOptions(options);
 *   return createSqlAdapter({
 *     name: "acme",
 *     capabilities: { multipleWorkers: true, snapshotReads: true },
 *     dialect: acmeDialect,
 *     recorder: acmeRecorder({ schema }),
 *     open: ({ log }) => {
 *       const pool = openPool(resolved, log);
 *       const connections = createConnections({
 *         acquire: () => pool.getConnection(),
 *         release: (connection, destroy) => (destroy ? connection.destroy() : connection.release()),
 *         breaksConnection,
 *         deadlineMs: resolved.statementTimeoutMs + 5_000,
 *       });
 *       const driver = createSqlDriver(connections, {
 *         translate: translateError,
 *         begin: (connection) => connection.query("START TRANSACTION"),
 *         execute: async (connection, { text, values }, given) => connection.execute(text, values(given)),
 *         commit: (connection) => connection.commit(),
 *         rollback: (connection) => connection.rollback(),
 *       });
 *       const statements = ownStatements(schema);
 *       return {
 *         driver,
 *         statements,
 *         take: takeStepsOf(statements),
 *         tables: { dispatcher: `${schema}.dispatcher`, strategy: `${schema}.strategy` },
 *         migrator: createMigrator({ ... }),
 *         queryRunner: createQueryRunner(connections),
 *         backfillKeys: (backfill, signal) => recordKeys(connections, backfill, signal),
 *         close: () => pool.end(),
 *       };
 *     },
 *   });
 * }
 * ```
 */
export function createSqlAdapter<Tx, Statement>(parts: SqlAdapterParts<Tx, Statement>): DatabaseAdapter<Tx> {
  const { name, capabilities, dialect, recorder, open } = parts;
  return {
    specVersion: 1,
    name,
    capabilities: { changeSignal: false, ...capabilities, strategyTable: true, strandedWork: true },
    dialect,
    recorder,
    open: (context) => sessionOf(open(context)),
  };
}

/** Above every version: of 32 bits. */
const latest = 2_147_483_647;

function historyOf<Statement>(
  driver: SqlDriver<Statement>,
  asked: Asked<Statement, StrategyHistoryGiven>,
): StrategyHistory {
  return {
    list: async (strategy, { limit = 20, before = latest }, signal) => {
      const given = { strategy, before, limit: Math.min(limit, 500) };
      return (await askAlone(driver, asked, given, signal)).map(strategyVersionOf);
    },
  };
}

function sessionOf<Statement>(session: SqlSession<Statement>): DatabaseSession {
  const { driver, statements, tables, migrator, blockers, changeSignal, capture, sources, reviewRights, diagnosis } =
    session;
  return {
    poller: {
      dispatch: session.dispatch ?? createDispatch(driver, session.statements, session.take),
      ...createLeases(driver, statements),
      ...(blockers === undefined ? {} : { blockers }),
    },
    queryRunner: session.queryRunner,
    backlog: createBacklogStore(driver, statements, session.backfillKeys),
    strandedWork: createStrandedWork(driver, statements),
    strategyStore: createStrategyStore(driver, statements, tables),
    ...(statements.editing === undefined
      ? {}
      : { definitions: createDefinitionTable(driver, statements.editing, tables, statements.audit?.keep) }),
    ...(changeSignal === undefined ? {} : { changeSignal }),
    ...(capture === undefined ? {} : { capture }),
    ...(sources === undefined ? {} : { sources }),
    ...(statements.audit === undefined ? {} : { audit: createAuditLog(driver, statements.audit) }),
    ...(statements.strategyHistory === undefined
      ? {}
      : { strategyHistory: historyOf(driver, statements.strategyHistory) }),
    ...(statements.backfills === undefined || session.keyPages === undefined
      ? {}
      : { backfills: createBackfillStore(driver, statements.backfills, session.keyPages, statements.audit) }),
    ...(reviewRights === undefined ? {} : { reviewRights }),
    ...(diagnosis === undefined ? {} : { diagnosis }),
    migrate: (signal) => migrator.migrate(signal),
    checkSchema: (signal) => migrator.checkSchema(signal),
    ...(migrator.pending === undefined ? {} : { pendingMigrations: migrator.pending }),
    close: () => session.close(),
  };
}
