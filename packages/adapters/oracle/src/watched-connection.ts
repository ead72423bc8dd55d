import { SynclineError } from "@syncline/core/spi";
import type { OracleBinds, OracleConnection, OracleResult, OracleRows } from "./driver.ts";

/** How long an answer may take beyond `callTimeout`, after a break, and when a connection is closed. */
export const graceMs = 5_000;

/**
 * A connection whose calls end. In Thin mode, `callTimeout` and `break()` send a marker and then
 * wait for its answer (node-oracledb#1626): on a connection that has fallen silent, as after a
 * failover or behind a firewall that forgot it, until TCP gives up, which takes some 16 minutes;
 * closing waits likewise, for the answer to LOGOFF. So each call has a timer of ours behind the
 * driver's. A call that it ends is `database.unavailable`, and so is each after it; `fellSilent` is
 * told once.
 */
export function watched(connection: OracleConnection, fellSilent: () => void, grace = graceMs): OracleConnection {
  return new WatchedConnection(connection, fellSilent, grace);
}

class WatchedConnection implements OracleConnection {
  readonly #connection: OracleConnection;
  readonly #fellSilent: () => void;
  readonly #graceMs: number;
  /** How to end each call that is under way. */
  readonly #waiting = new Set<(reason: SynclineError) => void>();
  #silence: SynclineError | undefined;

  constructor(connection: OracleConnection, fellSilent: () => void, grace: number) {
    this.#connection = connection;
    this.#fellSilent = fellSilent;
    this.#graceMs = grace;
  }

  get callTimeout(): number {
    return this.#silence === undefined ? (this.#connection.callTimeout ?? 0) : 0;
  }

  set callTimeout(milliseconds: number) {
    if (this.#silence === undefined) this.#connection.callTimeout = milliseconds;
  }

  async execute(text: string, binds: OracleBinds, options: OracleBinds): Promise<OracleResult> {
    const result = await this.#answered(() => this.#connection.execute(text, binds, options), this.#statementMs());
    const { resultSet: rows } = result;
    if (rows === undefined) return result;
    const resultSet: OracleRows = {
      getRows: (count) => this.#answered(() => rows.getRows(count), this.#statementMs()),
      close: () => this.#answered(() => rows.close(), this.#graceMs),
    };
    return { ...result, resultSet };
  }

  executeMany(text: string, rows: object[], options: OracleBinds) {
    return this.#answered(() => this.#connection.executeMany(text, rows, options), this.#statementMs());
  }

  getStatementInfo(text: string) {
    return this.#answered(() => this.#connection.getStatementInfo(text), this.#statementMs());
  }

  commit() {
    return this.#answered(() => this.#connection.commit(), this.#statementMs() ?? this.#graceMs);
  }

  rollback() {
    return this.#answered(() => this.#connection.rollback(), this.#statementMs() ?? this.#graceMs);
  }

  /** What is under way has a time of grace from now on. */
  async break(): Promise<void> {
    const underWay = [...this.#waiting];
    setTimeout(() => {
      if (underWay.some((end) => this.#waiting.has(end))) this.#fallSilent();
    }, this.#graceMs).unref();
    await this.#connection.break();
  }

  /** In Thin mode, pools take no notice of `drop`: what is cut off they leave out (seen with 26.0). */
  async close(options: { readonly drop?: boolean } = {}): Promise<void> {
    if (options.drop === true) cutOff(this.#connection);
    if (this.#silence === undefined)
      return this.#answered(() => this.#connection.close(options), this.#statementMs() ?? this.#graceMs);
    // Its pool has to be told, and nobody waits for what it makes of it.
    this.#connection.close({ drop: true }).catch(() => {});
  }

  /** Without a limit of the driver's there is one of the caller's, who breaks the call off. */
  #statementMs(): number | undefined {
    return this.callTimeout === 0 ? undefined : this.callTimeout + this.#graceMs;
  }

  #answered<Result>(make: () => Promise<Result>, limitMs: number | undefined): Promise<Result> {
    if (this.#silence !== undefined) return Promise.reject(this.#silence);
    return new Promise((resolve, reject) => {
      const timer = limitMs === undefined ? undefined : setTimeout(() => this.#fallSilent(), limitMs);
      const answered = () => {
        clearTimeout(timer);
        this.#waiting.delete(reject);
      };
      this.#waiting.add(reject);
      make().finally(answered).then(resolve, reject);
    });
  }

  #fallSilent(): void {
    if (this.#silence !== undefined) return;
    const reason = silenceError();
    this.#silence = reason;
    for (const end of this.#waiting) end(reason);
    cutOff(this.#connection);
    this.#fellSilent();
  }
}

export function silenceError(): SynclineError {
  return new SynclineError(
    "database.unavailable",
    "Oracle does not answer, neither in time nor when it was told to stop: the connection is given up.",
  );
}

/**
 * Ends the connection's socket, so that its pool makes another in its place and the process can end.
 * The driver has no public way to do this; its own pool does it to connections that answer no ping.
 * With a release of the driver that lacks these names, a silent connection is there until TCP gives
 * up, and one that was to be dropped is used again.
 */
function cutOff(connection: OracleConnection): void {
  const { _impl: inside } = connection as { readonly _impl?: { readonly nscon?: { forceDisconnect?(): void } } };
  inside?.nscon?.forceDisconnect?.();
}
