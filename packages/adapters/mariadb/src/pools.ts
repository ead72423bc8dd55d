import { type ConnectionPool as AnyPool, createConnectionPool } from "@syncline/core/adapter-kit";
import { type Connection, type ConnectionConfig, createConnection } from "mariadb";
import { translateConnectError } from "./errors.ts";

export type ConnectionPool = AnyPool<Connection>;

export interface PoolSettings {
  readonly max: number;
  readonly waitMs: number;
  readonly idleMs: number;
  /** What a new connection is told before it is used. */
  session(connection: Connection): readonly string[];
}

/**
 * Not the driver's pool: that one connects before it is used, tries again by itself, and tells what
 * went wrong ten seconds later.
 */
export function createPool(config: ConnectionConfig, { session, ...limits }: PoolSettings): ConnectionPool {
  return createConnectionPool<Connection>({
    ...limits,
    connect: () =>
      connected(config, session).catch((error: unknown) => {
        throw translateConnectError(error);
      }),
    onLost: (connection, lost) => void connection.on("error", lost).on("end", lost),
    end: (connection) => connection.end(),
    destroy: (connection) => connection.destroy(),
  });
}

async function connected(config: ConnectionConfig, session: PoolSettings["session"]): Promise<Connection> {
  const connection = await createConnection(config);
  // What the server closes is an event as well; without a listener it ends the process.
  connection.on("error", () => {});
  try {
    await Promise.all(session(connection).map((text) => connection.query(text)));
    return connection;
  } catch (error) {
    connection.destroy();
    throw error;
  }
}
