import { createSqlAdapter, type SqlSession } from "@syncline/core/adapter-kit";
import type { DatabaseAdapter, DatabaseContext } from "@syncline/core/spi";
import { backfillFromKeys } from "./backfill.ts";
import { blockersWith } from "./blockers.ts";
import { createConnections } from "./connections.ts";
import { describeWith } from "./describe-template.ts";
import { sqlServerDialect } from "./dialect.ts";
import { dispatchWith } from "./dispatch.ts";
import { createMigrator } from "./migrator.ts";
import { hasSource, type ResolvedSqlServerOptions, resolveOptions, type SqlServerOptions } from "./options.ts";
import { openPool, sizeOf } from "./pools.ts";
import { createQueryRunner } from "./query-runner.ts";
import { type SqlServerTransaction, sqlServerRecorder } from "./recorder.ts";
import { reviewRightsWith } from "./review-rights.ts";
import { sourcesWith } from "./source/sources.ts";
import { quoteIdentifier } from "./sql/identifier.ts";
import { driverOn, type NamedStatement } from "./sql-driver.ts";
import { ownStatements } from "./statements.ts";

/** Syncline on SQL Server 2016 or newer. No I/O; throws `config.invalid` with everything that is wrong with the options. */
export function sqlserver(options: SqlServerOptions): DatabaseAdapter<SqlServerTransaction> {
  const resolved = resolveOptions(options);
  return createSqlAdapter({
    name: "sqlserver",
    capabilities: {
      multipleWorkers: true,
      snapshotReads: resolved.snapshotReads,
      sources: true,
      audit: true,
      definitions: true,
      strategyHistory: true,
    },
    dialect: sqlServerDialect,
    recorder: sqlServerRecorder({ schema: resolved.schema }),
    open: (context) => openSession(resolved, context),
  });
}

function openSession(options: ResolvedSqlServerOptions, { log }: DatabaseContext): SqlSession<NamedStatement> {
  const main = openPool(options, options, log);
  // Asked when everything else may be waiting. An application's pool is the application's to size.
  const apart = options.pool === undefined ? openPool(options, { ...options, max: 1 }, log) : undefined;
  const queries =
    options.query === undefined || !hasSource(options.query) ? undefined : openPool(options.query, options, log);
  const schema = quoteIdentifier(options.schema);
  const connections = createConnections(main, options);
  const reading = queries === undefined ? connections : createConnections(queries, options);
  const shown = { serverMessages: options.query?.serverMessages === true };
  return {
    driver: driverOn(connections),
    statements: ownStatements(schema),
    tables: {
      dispatcher: `${options.schema}.dispatcher`,
      strategy: `${options.schema}.strategy`,
      category: `${options.schema}.category`,
    },
    dispatch: dispatchWith(connections, schema),
    blockers: blockersWith(apart === undefined ? connections : createConnections(apart, options), options.schema),
    queryRunner: createQueryRunner({
      pool: queries ?? main,
      isolation: options.snapshotReads ? "snapshot" : "read committed",
      concurrency: readsAtOnce(options),
      ...shown,
      refusesReplica: queries !== undefined && options.query?.mayLag !== true,
      describe: describeWith(reading, { appliesRowSecurity: options.query?.rowSecurity === "apply" }),
    }),
    backfillKeys: (backfill, signal, record) =>
      backfillFromKeys(connections, schema, backfill, { shown, record }, signal),
    sources: sourcesWith(reading, options.schema),
    reviewRights: reviewRightsWith(reading, connections),
    migrator: createMigrator(connections, {
      schema: options.schema,
      statementTimeoutMs: options.statementTimeoutMs,
      needsSnapshots: options.snapshotReads && queries === undefined,
    }),
    close: async () => {
      await Promise.all([main.close(), queries?.close(), apart?.close()]);
    },
  };
}

/** Reads that share a pool with Syncline's own statements leave one connection to these. */
function readsAtOnce(options: ResolvedSqlServerOptions): number | undefined {
  if (options.query !== undefined && hasSource(options.query)) return sizeOf(options.query, options);
  const size = sizeOf(options, options);
  return size === undefined ? undefined : Math.max(Math.min(2, size), size - 1);
}
