import { randomUUID } from "node:crypto";
import oracledb from "oracledb";
import type { OracleConnection, OraclePool } from "./driver.ts";
import type { OracleSource, ResolvedOracleOptions } from "./options.ts";
import { prepareSession } from "./sql/sessions.ts";

/** Where connections come from, and how to let go of it. */
export interface ConnectionSource {
  getConnection(): Promise<OracleConnection>;
  /** Closes a pool that we made; leaves one alone that the application owns. */
  close(): Promise<void>;
}

/** How long what is in flight may take when the pool is closed; our own statements take milliseconds. */
const drainSeconds = 30;

/** No I/O: a pool is made, and connects, on first use. */
export function openSource(source: OracleSource, options: ResolvedOracleOptions): ConnectionSource {
  const { pool } = source;
  if (pool !== undefined) return { getConnection: () => pool.getConnection(), close: async () => {} };
  let made: Promise<oracledb.Pool> | undefined;
  let closed = false;
  return {
    getConnection: async (): Promise<OracleConnection> => {
      // The driver's own words (NJS-065), also where no pool was ever made.
      if (closed && made === undefined) throw new Error("NJS-065: connection pool was closed");
      made ??= makePool(source, options);
      return (await made).getConnection();
    },
    close: async () => {
      closed = true;
      const open = await made?.catch(() => undefined);
      await open?.close(drainSeconds);
    },
  };
}

function makePool(source: OracleSource, options: ResolvedOracleOptions): Promise<oracledb.Pool> {
  const connectSeconds = Math.max(1, Math.ceil(options.connectionTimeoutMillis / 1_000));
  return oracledb.createPool({
    ...given("user", source.user),
    ...given("password", source.password),
    ...given("connectString", source.connectString),
    // Without a name of its own, a process's first pool becomes the default one, which the application may want to make.
    poolAlias: `syncline-${randomUUID()}`,
    poolMin: 0,
    poolMax: options.max,
    poolIncrement: 1,
    poolTimeout: Math.max(1, Math.ceil(options.idleTimeoutMillis / 1_000)),
    queueTimeout: options.connectionTimeoutMillis,
    // Whoever waits is bounded by our own lanes and by the time limit; the driver's default is 500.
    queueMax: -1,
    connectTimeout: connectSeconds,
    transportConnectTimeout: connectSeconds,
    sessionCallback: (connection, _tag, done) => {
      connection.execute(prepareSession).then(
        () => done(),
        (error: unknown) => done(error as oracledb.DBError),
      );
    },
  });
}

function given<Name extends string>(name: Name, value: string | undefined): { readonly [Key in Name]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]: string });
}

/** The pool as an application has it: our shape of it must fit. */
export type DriverPool = oracledb.Pool & OraclePool;
