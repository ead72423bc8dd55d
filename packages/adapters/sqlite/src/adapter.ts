import {
  checkShape,
  commonCapabilities,
  createSqlAdapter,
  type SqlSession,
  wholeNumber,
} from "@syncline/core/adapter-kit";
import { type DatabaseAdapter, SynclineError } from "@syncline/core/spi";
import { keepOperation } from "./audit.ts";
import { backfillKeys } from "./backfill.ts";
import { backlogStatements } from "./backlog-store.ts";
import { captureOn } from "./capture/capture.ts";
import { definitionStatements } from "./definitions.ts";
import { diagnosisOf } from "./diagnosis/diagnosis.ts";
import { sqliteDialect } from "./dialect.ts";
import { dispatchOn } from "./dispatch.ts";
import type { SqliteDatabase } from "./driver.ts";
import { leaseStatements } from "./leases.ts";
import { onePlace } from "./place.ts";
import { queryRunnerOn } from "./query-runner.ts";
import { type SqliteTransaction, sqliteRecorder } from "./recorder.ts";
import { sourcesOn } from "./source/sources.ts";
import { driverOn, type SqliteStatementText } from "./sql-driver.ts";
import { openStore } from "./store.ts";
import { strandedStatements } from "./stranded-work.ts";
import { loadStrategies, strategyHistory } from "./strategies.ts";
import { migratorOf } from "./tables.ts";

export interface SqliteOptions {
  /** Opens a connection to the file: `() => new Database("shop.db")`. Syncline has its own two, and closes them. */
  readonly open: () => SqliteDatabase;
  /** How long Syncline waits for whoever writes, in milliseconds. Default 5,000. */
  readonly busyTimeoutMs?: number;
}

/** Syncline on a SQLite file. No I/O; throws `config.invalid` with everything that is wrong with the options. */
export function sqlite(options: SqliteOptions): DatabaseAdapter<SqliteTransaction> {
  const problems = checkShape(options, {
    open: { required: true, check: (value) => (typeof value === "function" ? undefined : "It must be a function.") },
    busyTimeoutMs: { check: wholeNumber(0, 600_000) },
  });
  if (problems.length > 0)
    throw new SynclineError("config.invalid", "The options of sqlite() are not usable.", { problems });
  return createSqlAdapter({
    name: "sqlite",
    // Processes of one machine share a file. Nothing tells one of them of another's commit.
    capabilities: { ...commonCapabilities, diagnosis: true },
    dialect: sqliteDialect,
    recorder: sqliteRecorder,
    open: () => openSession(options),
  });
}

function openSession({ open, busyTimeoutMs = 5_000 }: SqliteOptions): SqlSession<SqliteStatementText> {
  const place = onePlace();
  const store = openStore(open, place.writer, busyTimeoutMs);
  const reader = openStore(open, place.reader, busyTimeoutMs);
  const migrator = migratorOf(store);
  return {
    driver: driverOn(store),
    statements: {
      ...backlogStatements,
      ...leaseStatements,
      ...strandedStatements,
      strategies: loadStrategies,
      editing: definitionStatements,
      strategyHistory,
    },
    dispatch: dispatchOn(store),
    tables: { dispatcher: "syncline_state", strategy: "syncline_strategy", category: "syncline_category" },
    migrator,
    diagnosis: diagnosisOf(store, migrator),
    queryRunner: queryRunnerOn(reader),
    backfillKeys: (wanted, signal, record) =>
      store.write((sql) => {
        const count = backfillKeys(sql, wanted);
        if (record !== undefined) keepOperation(sql, { ...record, count });
        return count;
      }, signal),
    capture: captureOn(store),
    sources: sourcesOn(store),
    close: async () => {
      reader.close();
      store.close();
    },
  };
}
