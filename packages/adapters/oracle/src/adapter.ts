import type { DatabaseAdapter, DatabaseSession } from "@syncline/core/spi";
import { createBacklogStore } from "./backlog-store.ts";
import { createConnections } from "./connections.ts";
import { oracleDialect } from "./dialect.ts";
import { createMigrator } from "./migrator.ts";
import { type OracleOptions, type ResolvedOracleOptions, resolveOptions } from "./options.ts";
import { createPoller } from "./poller.ts";
import { openSource } from "./pools.ts";
import { createQueryRunner } from "./query-runner.ts";
import { type OracleTransaction, oracleRecorder } from "./recorder.ts";
import { reviewRightsWith } from "./review-rights.ts";
import { strandedWorkWith } from "./stranded-work.ts";
import { createStrategyStore } from "./strategy-store.ts";

/** Syncline on Oracle Database 12.2 or newer. No I/O; throws `config.invalid` with everything that is wrong with the options. */
export function oracle(options: OracleOptions): DatabaseAdapter<OracleTransaction> {
  const resolved = resolveOptions(options);
  const { schema, prefix } = resolved.place;
  return {
    specVersion: 1,
    name: "oracle",
    capabilities: {
      multipleWorkers: true,
      strategyTable: true,
      changeSignal: false,
      snapshotReads: true,
      strandedWork: true,
    },
    dialect: oracleDialect,
    recorder: oracleRecorder({ prefix, ...(schema === undefined ? {} : { schema }) }),
    open: () => openSession(resolved),
  };
}

function openSession(options: ResolvedOracleOptions): DatabaseSession {
  const { place } = options;
  const main = openSource(options.source, options);
  const queries = options.query === undefined ? undefined : openSource(options.query, options);
  // Asked when everything else may be waiting. An application's pool is the application's to size.
  const apart = options.source.pool === undefined ? openSource(options.source, { ...options, max: 1 }) : undefined;
  const connections = createConnections(main, options);
  const shown = { serverMessages: options.serverMessages };
  const migrator = createMigrator(connections, place);
  return {
    poller: createPoller(connections, place, apart === undefined ? connections : createConnections(apart, options)),
    queryRunner: createQueryRunner(queries ?? main, {
      mayBeStandby: queries !== undefined,
      rowSecurity: options.rowSecurity,
      concurrency: readsAtOnce(options),
      ...shown,
    }),
    backlog: createBacklogStore(connections, place, shown),
    strandedWork: strandedWorkWith(connections, place),
    strategyStore: createStrategyStore(connections, place),
    reviewRights: reviewRightsWith(
      queries === undefined ? connections : createConnections(queries, options),
      connections,
    ),
    migrate: (signal) => migrator.migrate(signal),
    checkSchema: (signal) => migrator.checkSchema(signal),
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
