import { randomBytes } from "node:crypto";
import oracledb from "oracledb";
import { type CuttableProxy, cuttableProxy } from "./cuttable-proxy.ts";

/** A real server, whose user may make tables, triggers and procedures. */
export interface LiveServer {
  readonly pool: oracledb.Pool;
  /** The options of an adapter that goes by the way that can be cut. */
  readonly login: { readonly user: string; readonly password: string; readonly connectString: string };
  readonly proxy: CuttableProxy;
  /** A prefix that no other run has. */
  nextPrefix(): string;
  close(): Promise<void>;
}

/** @param url `oracle://user:password@host:1521/service` */
export async function liveServer(url: string): Promise<LiveServer> {
  const { username, password: encoded, hostname, port, pathname } = new URL(url);
  const [user, password] = [decodeURIComponent(username), decodeURIComponent(encoded)];
  const target = { host: hostname, port: Number(port === "" ? 1521 : port) };
  const proxy = await cuttableProxy(target);
  const connectString = `${target.host}:${target.port}${pathname}`;
  const pool = await oracledb.createPool({ user, password, connectString, poolMin: 0, poolMax: 8, poolAlias: "suite" });
  const run = randomBytes(2).toString("hex");
  let count = 0;
  return {
    pool,
    login: { user, password, connectString: `127.0.0.1:${proxy.port}${pathname}` },
    proxy,
    nextPrefix: () => `c${run}_${++count}_`,
    close: async () => {
      await pool.close(5);
      await proxy.close();
    },
  };
}

/** Runs statements one after the other on one connection. */
export async function runAll(pool: oracledb.Pool, statements: readonly string[]): Promise<void> {
  const connection = await pool.getConnection();
  try {
    for (const statement of statements) await connection.execute(statement, {}, { autoCommit: true });
  } finally {
    await connection.close();
  }
}

/** Every object whose name begins so, as far as it is there. */
export async function dropAll(pool: oracledb.Pool, prefix: string): Promise<void> {
  const connection = await pool.getConnection();
  try {
    const { rows } = await connection.execute<[type: string, name: string]>(
      `SELECT object_type, object_name FROM user_objects
        WHERE object_name LIKE :name ESCAPE '\\' AND object_type IN ('TABLE', 'PROCEDURE', 'FUNCTION')`,
      { name: `${prefix.toUpperCase().replaceAll("_", "\\_")}%` },
    );
    for (const [type, name] of rows ?? [])
      await connection.execute(`DROP ${type} "${name}"${type === "TABLE" ? " CASCADE CONSTRAINTS PURGE" : ""}`);
  } finally {
    await connection.close();
  }
}
