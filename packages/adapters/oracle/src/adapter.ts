import { createSqlAdapter, type SqlSession } from "@syncline/core/adapter-kit";
import type { DatabaseAdapter } from "@syncline/core/spi";
import { backfillFromKeys } from "./backfill.ts";
import { blockersWith } from "./blockers.ts";
import { createConnections } from "./connections.ts";
import { oracleDialect } from "./dialect.ts";
import { dispatchWith } from "./dispatch.ts";
import { leaseStatements } from "./lease-statements.ts";
import { createMigrator } from "./migrator.ts";
import { type OracleOptions, type ResolvedOracleOptions, resolveOptions } from "./options.ts";
import { openSource } from "./pools.ts";
import { createQueryRunner } from "./query-runner.ts";
import { type OracleTransaction, oracleRecorder } from "./recorder.ts";
import { reviewRightsWith } from "./review-rights.ts";
import { sourcesWith } from "./source/sources.ts";
import { nameOf } from "./sql/names.ts";
import { driverOn, type NamedStatement } from "./sql-driver.ts";
import { ownStatements } from "./statements.ts";

/** Syncline on Oracle Database 12.2 or newer. No I/O; throws `config.invalid` with everything that is wrong with the options. */
export function oracle(options: OracleOptions): DatabaseAdapter<OracleTransaction> {
  const resolved = resolveOptions(options);
  const { schema, prefix } = resolved.place;
  return createSqlAdapter({
    name: "oracle",
    capabilities: {
      ...{ multipleWorkers: true, snapshotReads: true, sources: true },
      ...{ audit: true, definitions: true, strategyHistory: true },
    },
    dialect: oracleDialect,
    recorder: oracleRecorder({ prefix, ...(schema === undefined ? {} : { schema }) }),
    open: () => openSession(resolved),
  });
}

function openSession(options: ResolvedOracleOptions): SqlSession<NamedStatement> {
  const { place } = options;
  const main = openSource(options.source, options);
  const queries = options.query === undefined ? undefined : openSource(options.query, options);
  // Asked when everything else may be waiting. An application's pool is the application's to size.
  const apart = options.source.pool === undefined ? openSource(options.source, { ...options, max: 1 }) : undefined;
  const connections = createConnections(main, options);
  const shown = { serverMessages: options.serverMessages };
  const driver = driverOn(connections);
  const reading = queries === undefined ? connections : createConnections(queries, options);
  const statements = ownStatements(place);
  return {
    driver,
    statements: { ...statements, ...leaseStatements(place) },
    tables: {
      dispatcher: nameOf(place, "dispatcher"),
      strategy: nameOf(place, "strategy"),
      category: nameOf(place, "category"),
    },
    dispatch: dispatchWith(driver, connections, place),
    blockers: blockersWith(apart === undefined ? connections : createConnections(apart, options), place),
    queryRunner: createQueryRunner(queries ?? main, {
      mayBeStandby: queries !== undefined,
      rowSecurity: options.rowSecurity,
      concurrency: readsAtOnce(options),
      ...shown,
    }),
    backfillKeys: (backfill, signal, record) =>
      backfillFromKeys(connections, place, backfill, { shown, record, keep: statements.audit.keep }, signal),
    sources: sourcesWith(reading, place),
    reviewRights: reviewRightsWith(reading, connections),
    migrator: createMigrator(connections, place),
    close: async () => {
      await Promise.all([main.close(), queries?.close(), apart?.close()]);
    },
  };
}

/**
 * Reads that share a pool with Syncline's own statements leave one connection to these. How large
 * an application's is, is its own.
 */
function readsAtOnce({ query, source, max }: ResolvedOracleOptions): number | undefined {
  if ((query ?? source).pool !== undefined) return undefined;
  return query === undefined ? Math.max(Math.min(2, max), max - 1) : max;
}
