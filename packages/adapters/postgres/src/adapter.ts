import { createBacklogStore, createLeases, createStrandedWork, createStrategyStore } from "@syncline/core/adapter-kit";
import type { DatabaseAdapter, DatabaseContext, DatabaseSession } from "@syncline/core/spi";
import { backfillFromKeys } from "./backfill.ts";
import { blockersWith } from "./blockers.ts";
import { captureWith } from "./capture/capture.ts";
import { createChangeSignal } from "./change-signal.ts";
import { claimByScan } from "./claim.ts";
import { createConnections } from "./connections.ts";
import { postgresDialect } from "./dialect.ts";
import { dispatchWith } from "./dispatch.ts";
import { createMigrator } from "./migrator.ts";
import { type PostgresOptions, type ResolvedPostgresOptions, resolveOptions } from "./options.ts";
import { openPool } from "./pools.ts";
import { openReads } from "./query-source/open-reads.ts";
import { type PgTransaction, postgresRecorder, wakeUpChannel } from "./recorder.ts";
import { reviewRightsWith } from "./review-rights.ts";
import { sourcesWith } from "./source/sources.ts";
import { quoteIdentifier } from "./sql/identifier.ts";
import { ownStatements } from "./sql/registry.ts";
import { driverOn } from "./sql-driver.ts";

/** Syncline on PostgreSQL 13 or newer. No I/O; throws `config.invalid` with everything that is wrong with the options. */
export function postgres(options: PostgresOptions): DatabaseAdapter<PgTransaction> {
  const resolved = resolveOptions(options);
  const wakeUp =
    resolved.wakeUp === undefined
      ? {}
      : { wakeUp: { notify: resolved.wakeUp.notify, debounceMs: resolved.wakeUp.debounceMs } };
  return {
    specVersion: 1,
    name: "postgres",
    capabilities: {
      multipleWorkers: true,
      strategyTable: true,
      changeSignal: resolved.wakeUp !== undefined,
      snapshotReads: true,
      strandedWork: true,
      capture: true,
      sources: true,
    },
    dialect: postgresDialect,
    recorder: postgresRecorder({ schema: resolved.schema, ...wakeUp }),
    open: (context) => openSession(resolved, context),
  };
}

/** It is asked again and again, or not at all. */
const lookoutIdleMs = 10_000;

function openSession(options: ResolvedPostgresOptions, { log }: DatabaseContext): DatabaseSession {
  const main = openPool(options, options, log);
  const reads = openReads(main, options, log);
  // The pool's connections may all be waiting for whom it is to find.
  const lookout =
    options.pool === undefined
      ? openPool(options, { ...options, max: 1, idleTimeoutMillis: lookoutIdleMs }, log)
      : main;
  const schema = quoteIdentifier(options.schema);
  const connections = createConnections(main.pool, { ...options, isOwn: main.isOwn });
  const driver = driverOn(connections);
  const statements = ownStatements(schema);
  const { rowSecurity = "refuse" } = options.query;
  const migrator = createMigrator(connections, options.schema);
  return {
    poller: {
      dispatch: dispatchWith(driver, statements),
      ...createLeases(driver, { ...statements, claim: claimByScan(statements.claim), ordersItself: true }),
      blockers: blockersWith(
        createConnections(lookout.pool, { ...options, isOwn: lookout.isOwn }),
        schema,
        options.schema,
      ),
    },
    queryRunner: reads.queryRunner,
    backlog: createBacklogStore(driver, statements, (backfill, signal) =>
      backfillFromKeys(connections, schema, rowSecurity, backfill, signal),
    ),
    strandedWork: createStrandedWork(driver, statements),
    capture: captureWith(connections, options.schema),
    sources: sourcesWith(connections),
    strategyStore: createStrategyStore(driver, statements, {
      dispatcher: `${options.schema}.dispatcher`,
      strategy: `${options.schema}.strategy`,
    }),
    ...(options.wakeUp === undefined
      ? {}
      : {
          changeSignal: createChangeSignal({
            connectionString: options.wakeUp.connectionString,
            channel: wakeUpChannel(options.schema),
            connectionTimeoutMillis: options.connectionTimeoutMillis,
            isAlways: options.wakeUp.notify === "always",
            log,
          }),
        }),
    migrate: (signal) => migrator.migrate(signal),
    checkSchema: (signal) => migrator.checkSchema(signal),
    reviewRights: reviewRightsWith(
      connections,
      createConnections(reads.pool, { ...options, isReadOnly: true }),
      options.schema,
    ),
    close: async () => {
      await Promise.all([main.close(), reads.close(), lookout.close()]);
    },
  };
}
