import { SynclineError } from "../../model/errors.ts";
import { abortedError, onAbort, orAborted, throwIfAborted } from "../aborted.ts";

/** What a database's driver has: connections, and what becomes of them. */
export interface ConnectionParts<Connection> {
  /** Waits for a free one, no longer than the pool's own limit. Throws whatever the driver does. */
  acquire(): Promise<Connection>;
  /**
   * Gives it back to its pool; or ends it, with what it has open, so that nobody is given it again.
   * Called once, while a statement may still be under way.
   */
  release(connection: Connection, destroy: boolean): Promise<void> | void;
  /** Of what the driver threw: the connection is lost, or what it would answer next is not known. */
  breaksConnection(error: unknown): boolean;
  /** Whether it has nothing open once all is over; one that has is ended. Default: it has not. */
  isClean?(connection: Connection): boolean;
  /**
   * Calls `lost` when the connection is lost other than by a call that fails, which some drivers
   * tell by an event. Returns how to stop; that is not called for one that was ended.
   */
  onLost?(connection: Connection, lost: () => void): () => void;
  /**
   * Asks the server to end what is under way; the connection is ended afterwards, since what was
   * sent could end the next statement as well. Without it, and if nothing has come of it a second
   * later, the connection is ended at once.
   */
  interrupt?(connection: Connection): void;
  /**
   * A server that is silent for so long is taken for gone: in milliseconds, of one operation as a
   * whole. It stands behind the limits that the server and the driver have, and is longer. Default:
   * none.
   */
  readonly deadlineMs?: number | undefined;
  /**
   * How long a statement that is under way may still take once the signal has fired: ours take
   * milliseconds. Default 1,000.
   */
  readonly abortGraceMs?: number;
}

/** A connection for each operation. */
export interface Connections<Connection> {
  /**
   * A connection for as long as `work` runs: released in order, or ended if it is in doubt. It is
   * not waited for once the signal has fired and the time of grace is over, nor beyond the deadline.
   *
   * Errors: `operation.aborted`; `database.unavailable` beyond the deadline; whatever `acquire` and
   * `work` throw, untranslated.
   */
  withConnection<Result>(
    /** `doubt`: says that the connection must not be used again, whatever comes of `work`. */
    work: (connection: Connection, doubt: () => void) => Promise<Result>,
    signal?: AbortSignal,
    limits?: {
      /** `undefined`: none, for what takes as long as somebody's query. */
      readonly deadlineMs?: number | undefined;
      readonly abortGraceMs?: number;
      /** What is thrown beyond the deadline. */
      readonly late?: () => SynclineError;
    },
  ): Promise<Result>;
  breaksConnection(error: unknown): boolean;
}

export function createConnections<Connection>(parts: ConnectionParts<Connection>): Connections<Connection> {
  return {
    breaksConnection: (error) => parts.breaksConnection(error),
    async withConnection(work, signal, limits = {}) {
      throwIfAborted(signal);
      const connection = await orAborted(parts.acquire(), (late) => void parts.release(late, false), signal);
      return new Use({ ...parts, ...limits }, connection).run(work, signal);
    },
  };
}

/** How long the server may take to end a statement. */
const interruptGraceMs = 1_000;

/** One operation on one connection. */
class Use<Connection> {
  readonly #parts: ConnectionParts<Connection> & { readonly late?: () => SynclineError };
  readonly #connection: Connection;
  #isBroken = false;
  #isReleased = false;
  #isInterrupted = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: ConnectionParts<Connection> & { readonly late?: () => SynclineError }, connection: Connection) {
    this.#parts = parts;
    this.#connection = connection;
  }

  async run<Result>(
    work: (connection: Connection, doubt: () => void) => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    const { onLost, deadlineMs, breaksConnection, late } = this.#parts;
    const doubt = () => {
      this.#isBroken = true;
    };
    const stopListening = onLost?.(this.#connection, doubt);
    let giveUp: (reason: SynclineError) => void = () => {};
    const givenUp = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    givenUp.catch(() => {});
    const deadline =
      deadlineMs === undefined
        ? undefined
        : setTimeout(() => this.#end(giveUp, late?.() ?? silenceError(deadlineMs)), deadlineMs);
    const stopWatching = onAbort(signal, () => this.#endLater(giveUp));
    try {
      throwIfAborted(signal);
      return await Promise.race([work(this.#connection, doubt), givenUp]);
    } catch (error) {
      this.#isBroken ||= breaksConnection(error);
      const isOurs = signal?.aborted === true && (this.#isBroken || this.#isInterrupted);
      throw isOurs ? abortedError() : error;
    } finally {
      clearTimeout(deadline);
      clearTimeout(this.#timer);
      stopWatching();
      const destroy = this.#mustEnd();
      // What is ended may still report how its socket ended.
      if (!destroy) stopListening?.();
      await this.#release(destroy);
    }
  }

  #mustEnd(): boolean {
    if (this.#isBroken || this.#isInterrupted) return true;
    return this.#parts.isClean?.(this.#connection) === false;
  }

  /** The signal has fired. */
  #endLater(giveUp: (reason: SynclineError) => void): void {
    const { interrupt, abortGraceMs = 1_000 } = this.#parts;
    this.#timer = setTimeout(() => {
      if (interrupt === undefined) return this.#end(giveUp, abortedError());
      this.#isInterrupted = true;
      interrupt(this.#connection);
      this.#timer = setTimeout(() => this.#end(giveUp, abortedError()), interruptGraceMs);
    }, abortGraceMs);
  }

  #end(giveUp: (reason: SynclineError) => void, reason: SynclineError): void {
    this.#isBroken = true;
    giveUp(reason);
    void this.#release(true);
  }

  /** What was done on the connection is done, so this does not fail. */
  async #release(destroy: boolean): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    try {
      await this.#parts.release(this.#connection, destroy);
    } catch {
      // It was lost, and its pool has taken note.
    }
  }
}

function silenceError(deadlineMs: number): SynclineError {
  const message = `The database has not answered for ${deadlineMs} ms: the connection is given up.`;
  return new SynclineError("database.unavailable", message);
}
