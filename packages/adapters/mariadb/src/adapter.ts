import {
  commonCapabilities,
  createSqlAdapter,
  lockingLeases,
  lockingOperators,
  lockingUpsert,
  tablesIn,
  takeStepsOf,
} from "@syncline/core/adapter-kit";
import type { DatabaseAdapter, OperatorRecord } from "@syncline/core/spi";
import { backfillFromKeys } from "./backfill.ts";
import { captureWith } from "./capture/capture.ts";
import { describerWith } from "./describe-template.ts";
import { diagnosisWith } from "./diagnosis/diagnosis.ts";
import { mariadbDialect } from "./dialect.ts";
import { connectionsOf, driverOn } from "./driver.ts";
import { driverConfig } from "./driver-config.ts";
import { askWhichServer, createFence } from "./fence.ts";
import { createMigrator } from "./migrator.ts";
import { hasSource, type MariadbOptions, type ResolvedMariadbOptions, resolveOptions } from "./options.ts";
import { createPool } from "./pools.ts";
import { createQueryRunner } from "./query-runner.ts";
import { type MariadbTransaction, mariadbRecorder } from "./recorder.ts";
import { reviewRightsWith } from "./review-rights.ts";
import { readingSession, writingSession } from "./sessions.ts";
import { sourcesWith } from "./source/sources.ts";
import { quoteIdentifier } from "./sql/identifier.ts";
import { ownStatements } from "./sql/registry.ts";
import type { NamedStatement } from "./sql/statement.ts";

/** Syncline on MariaDB 10.6 or newer. No I/O; throws `config.invalid` with everything that is wrong with the options. */
export function mariadb(options: MariadbOptions): DatabaseAdapter<MariadbTransaction> {
  const resolved = resolveOptions(options);
  return createSqlAdapter({
    name: "mariadb",
    capabilities: { ...commonCapabilities, diagnosis: true },
    dialect: mariadbDialect,
    recorder: mariadbRecorder({ schema: resolved.schema }),
    open: () => openSession(resolved),
  });
}

/** How long a server may be silent beyond its own limit for a statement. */
const silenceMs = 5_000;

function openSession(options: ResolvedMariadbOptions) {
  const { statementTimeoutMs, connectionTimeoutMillis: connectMs, schema: name, query } = options;
  const shared = { max: options.max, waitMs: connectMs, idleMs: options.idleTimeoutMillis };
  const main = createPool(driverConfig(options, connectMs), { ...shared, session: writingSession(statementTimeoutMs) });
  const source = hasSource(query) ? query : options;
  const reads = createPool(driverConfig(source, connectMs), { ...shared, session: readingSession() });
  const schema = quoteIdentifier(name);
  const connections = connectionsOf(main, statementTimeoutMs + silenceMs);
  const reading = connectionsOf(reads, statementTimeoutMs + silenceMs);
  const own = ownStatements(schema);
  const migrator = createMigrator(connections, name);
  const shown = { serverMessages: query.serverMessages === true };
  return {
    driver: driverOn(connections),
    statements: {
      ...own,
      ...lockingLeases<NamedStatement>(own),
      ...lockingOperators<NamedStatement>(own),
      upsert: lockingUpsert<NamedStatement>(own),
      editing: own,
    },
    take: takeStepsOf<NamedStatement>({ ...own, amongFloods: own }),
    tables: tablesIn(name),
    migrator,
    diagnosis: diagnosisWith(connections, name, migrator, options.max),
    queryRunner: createQueryRunner({
      connections: reading,
      concurrency: reads.max,
      describe: describerWith(reading),
      fence:
        query.staleReads === "allow" ? async () => {} : createFence(() => connections.withConnection(askWhichServer)),
      ...shown,
    }),
    backfillKeys: (
      backfill: Parameters<typeof backfillFromKeys>[2],
      signal: AbortSignal,
      record: OperatorRecord | undefined,
    ) => backfillFromKeys(connections, schema, backfill, { shown, keep: own.audit.keepAlone, record }, signal),
    capture: captureWith(connections, name),
    sources: sourcesWith(connections, options.schema),
    reviewRights: reviewRightsWith(connections, reading, name),
    close: async () => {
      await Promise.all([main.close(), reads.close()]);
    },
  };
}
