import { commonCapabilities, createSqlAdapter, type SqlSession, tablesIn } from "@syncline/core/adapter-kit";
import type { DatabaseAdapter, DatabaseContext } from "@syncline/core/spi";
import { backfillFromKeys } from "./backfill.ts";
import { blockersWith } from "./blockers.ts";
import { captureWith } from "./capture/capture.ts";
import { createChangeSignal } from "./change-signal.ts";
import { claimByScan } from "./claim.ts";
import { createConnections } from "./connections.ts";
import { diagnosisWith } from "./diagnosis/diagnosis.ts";
import { postgresDialect } from "./dialect.ts";
import { keyPagesWith } from "./key-pages.ts";
import { createMigrator } from "./migrator.ts";
import { type PostgresOptions, type ResolvedPostgresOptions, resolveOptions } from "./options.ts";
import { openPool } from "./pools.ts";
import { openReads } from "./query-source/open-reads.ts";
import { type PgTransaction, postgresRecorder, wakeUpChannel } from "./recorder.ts";
import { reviewRightsWith } from "./review-rights.ts";
import { sourcesWith } from "./source/sources.ts";
import { quoteIdentifier } from "./sql/identifier.ts";
import { ownStatements } from "./sql/registry.ts";
import type { NamedStatement } from "./sql/statement.ts";
import { driverOn } from "./sql-driver.ts";
import { takeWith } from "./take.ts";

/** Syncline on PostgreSQL 13 or newer. No I/O; throws `config.invalid` with everything that is wrong with the options. */
export function postgres(options: PostgresOptions): DatabaseAdapter<PgTransaction> {
  const resolved = resolveOptions(options);
  const wakeUp =
    resolved.wakeUp === undefined
      ? {}
      : { wakeUp: { notify: resolved.wakeUp.notify, debounceMs: resolved.wakeUp.debounceMs } };
  return createSqlAdapter({
    name: "postgres",
    capabilities: {
      ...commonCapabilities,
      ...{ changeSignal: resolved.wakeUp !== undefined, diagnosis: true, backfills: true },
    },
    dialect: postgresDialect,
    recorder: postgresRecorder({ schema: resolved.schema, ...wakeUp }),
    open: (context) => openSession(resolved, context),
  });
}

/** It is asked again and again, or not at all. */
const lookoutIdleMs = 10_000;

function openSession(options: ResolvedPostgresOptions, { log }: DatabaseContext): SqlSession<NamedStatement> {
  const main = openPool(options, options, log);
  const reads = openReads(main, options, log);
  // The pool's connections may all be waiting for whom it is to find.
  const lookout =
    options.pool === undefined
      ? openPool(options, { ...options, max: 1, idleTimeoutMillis: lookoutIdleMs }, log)
      : main;
  const schema = quoteIdentifier(options.schema);
  const connections = createConnections(main.pool, { ...options, isOwn: main.isOwn });
  const statements = ownStatements(schema);
  const reading = createConnections(reads.pool, { ...options, isReadOnly: true });
  const migrator = createMigrator(connections, options.schema);
  const { rowSecurity = "refuse" } = options.query;
  return {
    driver: driverOn(connections),
    statements: { ...statements, claim: claimByScan(statements.claim), ordersItself: true },
    tables: tablesIn(options.schema),
    take: takeWith(statements),
    blockers: blockersWith(
      createConnections(lookout.pool, { ...options, isOwn: lookout.isOwn }),
      schema,
      options.schema,
    ),
    queryRunner: reads.queryRunner,
    backfillKeys: (backfill, signal, record) =>
      backfillFromKeys(connections, schema, { rowSecurity, keep: statements.audit.keep, record }, backfill, signal),
    keyPages: keyPagesWith(connections, schema, rowSecurity),
    capture: captureWith(connections, options.schema),
    sources: sourcesWith(connections, options.schema),
    changeSignal:
      options.wakeUp &&
      createChangeSignal({
        connectionString: options.wakeUp.connectionString,
        channel: wakeUpChannel(options.schema),
        connectionTimeoutMillis: options.connectionTimeoutMillis,
        isAlways: options.wakeUp.notify === "always",
        log,
      }),
    migrator,
    reviewRights: reviewRightsWith(connections, reading, options.schema),
    diagnosis: diagnosisWith({
      // A replica refuses READ WRITE, and is to be told as one.
      connections: createConnections(main.pool, { ...options, isOwn: main.isOwn, isReadOnly: true }),
      reads: reads.pool === main.pool ? undefined : reading,
      schema: options.schema,
      migrator,
      wanted: main.max,
    }),
    close: async () => {
      await Promise.all([main.close(), reads.close(), lookout.close()]);
    },
  };
}
