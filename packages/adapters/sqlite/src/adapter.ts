import { checkShape, storedStrategy, wholeNumber } from "@syncline/core/adapter-kit";
import {
  type DatabaseAdapter,
  type DatabaseSession,
  type LoadedStrategies,
  type StrategyStore,
  SynclineError,
} from "@syncline/core/spi";
import { backlogOn } from "./backlog-store.ts";
import { captureOn } from "./capture/capture.ts";
import { sqliteDialect } from "./dialect.ts";
import { dispatchOn } from "./dispatch.ts";
import type { SqliteDatabase } from "./driver.ts";
import { leasesOn } from "./leases.ts";
import { queryRunnerOn } from "./query-runner.ts";
import { type SqliteTransaction, sqliteRecorder } from "./recorder.ts";
import { sourcesOn } from "./source/sources.ts";
import { openStore, type Sql, type Store } from "./store.ts";
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
  return {
    specVersion: 1,
    name: "sqlite",
    // Processes of one machine share a file. Nothing tells one of them of another's commit.
    capabilities: {
      multipleWorkers: true,
      strategyTable: true,
      changeSignal: false,
      snapshotReads: true,
      capture: true,
      sources: true,
    },
    dialect: sqliteDialect,
    recorder: sqliteRecorder,
    open: () => openSession(options),
  };
}

function openSession({ open, busyTimeoutMs = 5_000 }: SqliteOptions): DatabaseSession {
  // WAL: who reads and who writes do not wait for each other. NORMAL: a commit waits for no disk; a machine that loses
  // its power loses the last of them at most, which then are done again.
  const store = openStore(open, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", busyTimeoutMs);
  const reader = openStore(open, "PRAGMA query_only = ON", busyTimeoutMs);
  return {
    poller: { dispatch: dispatchOn(store), ...leasesOn(store) },
    queryRunner: queryRunnerOn(reader),
    backlog: backlogOn(store),
    strategyStore: strategiesOn(store),
    capture: captureOn(store),
    sources: sourcesOn(store),
    ...migratorOf(store),
    close: async () => {
      reader.close();
      store.close();
    },
  };
}

const revision = "SELECT CAST(strategies_revision AS TEXT) AS revision FROM syncline_state";
const definitions = "SELECT name, definition FROM syncline_strategy ORDER BY name";

/** It needs no `subscribe`: each dispatch is told the revision in its own transaction. */
function strategiesOn(store: Store): StrategyStore {
  const load = (sql: Sql): LoadedStrategies => ({
    revision: sql.all<{ readonly revision: string }>(revision)[0]?.revision ?? "",
    strategies: sql
      .all<{ readonly name: string; readonly definition: string }>(definitions)
      .map(({ name, definition }) => storedStrategy("syncline_strategy", name, definition)),
  });
  return { load: (signal) => store.read(load, signal) };
}
