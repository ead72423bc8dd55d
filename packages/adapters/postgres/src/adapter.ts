import type { DatabaseAdapter, DatabaseContext, DatabaseSession } from "@syncline/core/spi";
import { createBacklogStore } from "./backlog-store.ts";
import { createChangeSignal } from "./change-signal.ts";
import { createConnections } from "./connections.ts";
import { postgresDialect } from "./dialect.ts";
import { createMigrator } from "./migrator.ts";
import { type PostgresOptions, type ResolvedPostgresOptions, resolveOptions } from "./options.ts";
import { createPoller } from "./poller.ts";
import { openPool } from "./pools.ts";
import { createQueryRunner } from "./query-runner.ts";
import { type PgTransaction, postgresRecorder, wakeUpChannel } from "./recorder.ts";
import { quoteIdentifier } from "./sql/identifier.ts";
import { createStrategyStore } from "./strategy-store.ts";

/** Syncline on PostgreSQL 13 or newer. No I/O; throws `config.invalid` with everything that is wrong with the options. */
export function postgres(options: PostgresOptions): DatabaseAdapter<PgTransaction> {
  const resolved = resolveOptions(options);
  const wakeUp =
    resolved.wakeUp === undefined ? {} : { wakeUp: { notify: true, debounceMs: resolved.wakeUp.debounceMs } };
  return {
    specVersion: 1,
    name: "postgres",
    capabilities: {
      multipleWorkers: true,
      strategyTable: true,
      changeSignal: resolved.wakeUp !== undefined,
      snapshotReads: true,
    },
    dialect: postgresDialect,
    recorder: postgresRecorder({ schema: resolved.schema, ...wakeUp }),
    open: (context) => openSession(resolved, context),
  };
}

function openSession(options: ResolvedPostgresOptions, { log }: DatabaseContext): DatabaseSession {
  const main = openPool(options, options, log);
  const hasOwnSource = options.query.connectionString !== undefined || options.query.pool !== undefined;
  const queries = hasOwnSource ? openPool(options.query, options, log) : undefined;
  const schema = quoteIdentifier(options.schema);
  const connections = createConnections(main.pool, options);
  const migrator = createMigrator(connections, options.schema);
  return {
    poller: createPoller(connections, schema),
    queryRunner: createQueryRunner({
      pool: queries?.pool ?? main.pool,
      ...(options.query.role === undefined ? {} : { role: options.query.role }),
    }),
    backlog: createBacklogStore(connections, schema),
    strategyStore: createStrategyStore(connections, schema, options.schema),
    ...(options.wakeUp === undefined
      ? {}
      : {
          changeSignal: createChangeSignal({
            connectionString: options.wakeUp.connectionString,
            channel: wakeUpChannel(options.schema),
            connectionTimeoutMillis: options.connectionTimeoutMillis,
            log,
          }),
        }),
    migrate: (signal) => migrator.migrate(signal),
    checkSchema: (signal) => migrator.checkSchema(signal),
    close: async () => {
      await Promise.all([main.close(), queries?.close()]);
    },
  };
}
