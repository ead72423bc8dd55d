import { SynclineError } from "../../model/errors.ts";
import { abortedError, onAbort, throwIfAborted } from "../aborted.ts";

/** Connections of one login that are used one at a time each. */
export interface ConnectionPool<Connection> {
  readonly max: number;
  /** Errors: `database.unavailable`, `operation.aborted`. */
  acquire(signal?: AbortSignal): Promise<Connection>;
  /** @param inDoubt it is ended, at the server, too; a transaction that it has is rolled back. */
  release(connection: Connection, inDoubt: boolean): void;
  /** Ends what is idle at once, and what is in use when it is released. */
  close(): Promise<void>;
}

export interface ConnectionPoolParts<Connection> {
  readonly max: number;
  /** How long to wait for a free one. */
  readonly waitMs: number;
  /** When an unused one is closed. */
  readonly idleMs: number;
  /** Makes one that is ready for use. Its errors are handed on as they are: no attempt is repeated. */
  connect(): Promise<Connection>;
  /** Calls `lost` when the server or the network ends it. */
  onLost(connection: Connection, lost: () => void): void;
  end(connection: Connection): Promise<unknown>;
  /** Ends it, whatever is under way. */
  destroy(connection: Connection): void;
}

type Given<Connection> = { readonly connection: Connection } | { readonly error: unknown };

interface Waiting<Connection> {
  readonly give: (connection: Given<Connection>) => void;
}

/**
 * For a driver that has no pool, or one that connects before it is used, tries again by itself, or
 * tells what went wrong long afterwards.
 */
export function createConnectionPool<Connection>(parts: ConnectionPoolParts<Connection>): ConnectionPool<Connection> {
  const { max, waitMs, idleMs } = parts;
  /** The one used last comes first. */
  const idle: { readonly connection: Connection; readonly timer: NodeJS.Timeout }[] = [];
  const inUse = new Set<Connection>();
  const waiting: Waiting<Connection>[] = [];
  let count = 0;
  let isClosed = false;

  async function connect(): Promise<Connection> {
    const connection = await parts.connect();
    parts.onLost(connection, () => forget(connection));
    return connection;
  }

  function end(connection: Connection): void {
    parts.end(connection).catch(() => {});
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
        waiting.shift()?.give({ error });
        serve();
      },
    );
  }

  function hand(connection: Connection): void {
    const next = waiting.shift();
    if (isClosed) {
      count -= 1;
      end(connection);
      next?.give({ error: closedError() });
    } else if (next === undefined) keep(connection);
    else {
      inUse.add(connection);
      next.give({ connection });
    }
  }

  function wait(signal: AbortSignal | undefined): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const leave = (error: SynclineError) => {
        const place = waiting.indexOf(entry);
        if (place >= 0) waiting.splice(place, 1);
        entry.give({ error });
      };
      const timer = setTimeout(() => leave(noneFree(max, waitMs)), waitMs);
      const stopWatching = onAbort(signal, () => leave(abortedError()));
      const entry: Waiting<Connection> = {
        give: (given) => {
          clearTimeout(timer);
          stopWatching();
          if ("error" in given) reject(given.error);
          else resolve(given.connection);
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
        if (inDoubt) parts.destroy(connection);
        else end(connection);
        serve();
      } else hand(connection);
    },
    async close() {
      isClosed = true;
      for (const { give } of waiting.splice(0)) give({ error: closedError() });
      const ended = idle.splice(0).map(({ connection, timer }) => {
        clearTimeout(timer);
        return parts.end(connection).catch(() => {});
      });
      count -= ended.length;
      await Promise.all(ended);
    },
  };
}

function closedError(): SynclineError {
  return new SynclineError("database.unavailable", "The session has been closed.");
}

function noneFree(max: number, waitMs: number): SynclineError {
  const message = `No connection was free, or could be made, within ${waitMs} ms (max: ${max}).`;
  return new SynclineError("database.unavailable", message);
}
