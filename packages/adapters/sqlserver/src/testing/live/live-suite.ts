import type { DatabaseSession } from "@syncline/core/spi";
import { afterAll, beforeAll } from "vitest";
import { sqlserver } from "../../adapter.ts";
import type { SqlServerOptions } from "../../options.ts";
import { type LiveDatabase, liveDatabases } from "../live-database.ts";

export const never = new AbortController().signal;
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const variable = "SYNCLINE_SQLSERVER_URL";

/** What every file of the live suite begins with. */
export interface LiveSuite {
  /** No server was named. */
  readonly isSkipped: boolean;
  /** Of this file and run alone. */
  readonly schema: string;
  /** There from `beforeAll` on. */
  readonly databases: readonly LiveDatabase[];
  /** On the suite's schema, and reading as the database reads by itself. */
  open(config: LiveDatabase["config"], options?: Partial<SqlServerOptions>): DatabaseSession;
  /** Runs `work` in each database, migrated, with a session of its own. */
  inEach(
    work: (session: DatabaseSession, database: LiveDatabase) => Promise<unknown>,
    options?: Partial<SqlServerOptions>,
  ): Promise<void>;
}

/**
 * @param what is checked: said where it is skipped.
 * @param prefix of the schema's name.
 */
export function liveSuite(what: string, prefix: string): LiveSuite {
  const url = process.env[variable] ?? "";
  const isSkipped = url === "";
  if (isSkipped) console.log(`skipped: ${what} on SQL Server: ${variable} names no server`);
  const schema = `${prefix}_${Math.random().toString(36).slice(2, 8)}`;
  const databases: LiveDatabase[] = [];
  beforeAll(async () => {
    if (!isSkipped) databases.push(...(await liveDatabases(url)));
  }, 120_000);
  afterAll(async () => {
    for (const database of databases) await database.close();
  });
  const open: LiveSuite["open"] = (config, options) =>
    sqlserver({ config, schema, snapshotReads: false, ...options }).open({ log: quiet });
  return {
    isSkipped,
    schema,
    databases,
    open,
    inEach: async (work, options) => {
      for (const database of databases) {
        const session = open(database.config, options);
        try {
          await session.migrate(never);
          await work(session, database);
        } finally {
          await session.close();
        }
      }
    },
  };
}
