import { randomUUID } from "node:crypto";
import { SynclineError } from "@syncline/core/spi";
import oracledb from "oracledb";
import type { OracleConnection, OraclePool } from "./driver.ts";
import { nativeCodeOf } from "./errors.ts";
import type { OracleSource, ResolvedOracleOptions } from "./options.ts";
import { prepareSession } from "./sql/sessions.ts";
import { watched } from "./watched-connection.ts";

/** Where connections come from, and how to let go of it. */
export interface ConnectionSource {
  getConnection(): Promise<OracleConnection>;
  /** Closes a pool that we made; leaves one alone that the application owns. */
  close(): Promise<void>;
}

/** How long what is in flight may take when the pool is closed; our own statements take milliseconds. */
const drainSeconds = 30;
/** How long the end of a pool may take beyond that, as of one that cannot log in. */
const logOffSeconds = 10;
/** The same of a pool that was replaced, whose reads may be long ones. Nobody waits for it. */
const replacedDrainSeconds = 600;

/** No I/O: a pool is made, and connects, on first use. */
export function openSource(source: OracleSource, options: ResolvedOracleOptions, graceMs?: number): ConnectionSource {
  const { pool } = source;
  if (pool === undefined) return new OwnPool(source, options, graceMs);
  return {
    getConnection: async () => watched(await pool.getConnection(), () => {}, graceMs),
    close: async () => {},
  };
}

/**
 * A pool that is replaced as soon as one of its connections has fallen silent: the others may have
 * as well, and each would be waited for in its turn. So is one that makes no connection any more,
 * as the driver makes one after the other, and waits without limit for the answer to a login.
 */
class OwnPool implements ConnectionSource {
  readonly #source: OracleSource;
  readonly #options: ResolvedOracleOptions;
  readonly #graceMs: number | undefined;
  #pool: Promise<oracledb.Pool> | undefined;
  #closed = false;

  constructor(source: OracleSource, options: ResolvedOracleOptions, graceMs: number | undefined) {
    this.#source = source;
    this.#options = options;
    this.#graceMs = graceMs;
  }

  async getConnection(): Promise<OracleConnection> {
    // The driver's own words (NJS-065), also where no pool was ever made.
    if (this.#closed) throw new Error("NJS-065: connection pool was closed");
    this.#pool ??= makePool(this.#source, this.#options, this.#graceMs);
    const making = this.#pool;
    const pool = await making;
    try {
      return watched(await pool.getConnection(), () => this.#replace(making), this.#graceMs);
    } catch (error) {
      if (nativeCodeOf(error) !== waitedInVain || pool.connectionsInUse >= pool.poolMax) throw error;
      this.#replace(making);
      const message = `Oracle let nobody log in within ${this.#options.connectionTimeoutMillis} ms.`;
      throw new SynclineError("database.unavailable", message, { cause: error });
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const pool = await this.#pool?.catch(() => undefined);
    this.#pool = undefined;
    if (pool === undefined) return;
    const seconds = pool.connectionsInUse === 0 ? logOffSeconds : drainSeconds + logOffSeconds;
    await Promise.race([this.#end(pool, drainSeconds), afterSeconds(seconds)]);
  }

  #replace(making: Promise<oracledb.Pool>): void {
    if (this.#pool !== making) return;
    this.#pool = undefined;
    making.then((pool) => this.#end(pool, replacedDrainSeconds)).catch(() => {});
  }

  /**
   * The driver's pool waits for the answer to each LOGOFF: so what lies idle and does not answer is
   * cut off before.
   */
  async #end(pool: oracledb.Pool, seconds: number): Promise<void> {
    const idle = Array.from({ length: pool.connectionsOpen - pool.connectionsInUse }, async () => {
      const connection = watched(await pool.getConnection(), () => {}, this.#graceMs);
      await connection.rollback().finally(() => connection.close());
    });
    await Promise.allSettled(idle);
    await pool.close(seconds);
  }
}

const waitedInVain = "NJS-040";

function afterSeconds(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1_000).unref();
  });
}

function makePool(
  source: OracleSource,
  options: ResolvedOracleOptions,
  graceMs: number | undefined,
): Promise<oracledb.Pool> {
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
      const session = watched(connection, () => {}, graceMs);
      session.callTimeout = options.connectionTimeoutMillis;
      session.execute(prepareSession, {}, {}).then(
        () => {
          session.callTimeout = 0;
          done();
        },
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
