import { abortedError, onAbort, throwIfAborted } from "@syncline/core/adapter-kit";
import { SynclineError } from "@syncline/core/spi";
import { type Connection, type ConnectionConfig, createConnection } from "mariadb";
import { translateConnectError } from "./errors.ts";

/**
 * Connections of one login that are used one at a time each. Not the driver's pool: that one
 * connects before it is used, tries again by itself, and tells what went wrong ten seconds later.
 */
export interface ConnectionPool {
  readonly max: number;
  /** Errors: `database.unavailable`, `operation.aborted`. */
  acquire(signal?: AbortSignal): Promise<Connection>;
  /** @param inDoubt it is ended, at the server, too; a transaction that it has is rolled back. */
  release(connection: Connection, inDoubt: boolean): void;
  /** Ends what is idle at once, and what is in use when it is released. */
  close(): Promise<void>;
}

export interface PoolSettings {
  readonly max: number;
  readonly waitMs: number;
  readonly idleMs: number;
  /** What a new connection is told before it is used. */
  session(connection: Connection): readonly string[];
}

interface Waiting {
  readonly give: (connection: Connection | Error) => void;
}

export function createPool(config: ConnectionConfig, settings: PoolSettings): ConnectionPool {
  const { max, waitMs, idleMs, session } = settings;
  /** The one used last comes first. */
  const idle: { readonly connection: Connection; readonly timer: NodeJS.Timeout }[] = [];
  const inUse = new Set<Connection>();
  const waiting: Waiting[] = [];
  let count = 0;
  let isClosed = false;

  async function connect(): Promise<Connection> {
    const connection = await createConnection(config);
    // What the server closes is an event as well; without a listener it ends the process.
    connection.on("error", () => forget(connection));
    connection.on("end", () => forget(connection));
    try {
      await Promise.all(session(connection).map((text) => connection.query(text)));
    } catch (error) {
      connection.destroy();
      throw error;
    }
    return connection;
  }

  /** Of one that is idle; whoever uses one gets an error of its own. */
  function forget(connection: Connection): void {
    const place = idle.findIndex((each) => each.connection === connection);
    if (place < 0) return;
    clearTimeout(idle[place]?.timer);
    idle.splice(place, 1);
    count -= 1;
    serve();
  }

  function keep(connection: Connection): void {
    const timer = setTimeout(() => {
      forget(connection);
      end(connection);
    }, idleMs);
    timer.unref();
    idle.push({ connection, timer });
  }

  /** Makes a connection for whoever waits longest, if there may be one more. */
  function serve(): void {
    if (waiting.length === 0 || count >= max || isClosed) return;
    count += 1;
    connect().then(
      (connection) => hand(connection),
      (error: unknown) => {
        count -= 1;
        waiting.shift()?.give(translateConnectError(error));
        serve();
      },
    );
  }

  function hand(connection: Connection): void {
    const next = waiting.shift();
    if (isClosed) {
      count -= 1;
      end(connection);
      next?.give(closedError());
    } else if (next === undefined) keep(connection);
    else {
      inUse.add(connection);
      next.give(connection);
    }
  }

  function wait(signal: AbortSignal | undefined): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const leave = (error: Error) => {
        const place = waiting.indexOf(entry);
        if (place >= 0) waiting.splice(place, 1);
        entry.give(error);
      };
      const timer = setTimeout(() => leave(noneFree(max, waitMs)), waitMs);
      const stopWatching = onAbort(signal, () => leave(abortedError()));
      const entry: Waiting = {
        give: (connection) => {
          clearTimeout(timer);
          stopWatching();
          if (connection instanceof Error) reject(connection);
          else resolve(connection);
        },
      };
      waiting.push(entry);
      serve();
    });
  }

  return {
    max,
    async acquire(signal) {
      throwIfAborted(signal);
      if (isClosed) throw closedError();
      const last = idle.pop();
      if (last === undefined) return wait(signal);
      clearTimeout(last.timer);
      inUse.add(last.connection);
      return last.connection;
    },
    release(connection, inDoubt) {
      if (!inUse.delete(connection)) return;
      if (inDoubt || isClosed) {
        count -= 1;
        if (inDoubt) connection.destroy();
        else end(connection);
        serve();
      } else hand(connection);
    },
    async close() {
      isClosed = true;
      for (const { give } of waiting.splice(0)) give(closedError());
      const ended = idle.splice(0).map(({ connection, timer }) => {
        clearTimeout(timer);
        return connection.end().catch(() => {});
      });
      count -= ended.length;
      await Promise.all(ended);
    },
  };
}

function end(connection: Connection): void {
  connection.end().catch(() => {});
}

function closedError(): SynclineError {
  return new SynclineError("database.unavailable", "The session has been closed.");
}

function noneFree(max: number, waitMs: number): SynclineError {
  const message = `No connection to MariaDB was free, or could be made, within ${waitMs} ms (max: ${max}).`;
  return new SynclineError("database.unavailable", message);
}
