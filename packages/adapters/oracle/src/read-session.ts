import { abortedError, onAbort, orAborted, throwIfAborted } from "@syncline/core/adapter-kit";
import { isSynclineError, SynclineError } from "@syncline/core/spi";
import { release } from "./connections.ts";
import type { OracleConnection } from "./driver.ts";
import { breaksConnection, type StatementOrigin, translateError, type WordsShown } from "./errors.ts";
import type { ConnectionSource } from "./pools.ts";
import { graceMs, silenceError } from "./watched-connection.ts";

/** A read-only snapshot on a connection. */
export interface ReadSession {
  /** One call. Rejects at once, without making it, if the session was interrupted. */
  call<Result>(make: (connection: OracleConnection) => Promise<Result>): Promise<Result>;
  /** The same for what the server only parses. */
  describe<Result>(make: (connection: OracleConnection) => Promise<Result>): Promise<Result>;
}

export interface ReadSessionOptions extends WordsShown {
  readonly source: ConnectionSource;
  /** What begins it. */
  readonly begin: string;
  /** For the whole session. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * How long the server may take to end a statement before the connection is given up: nobody waits
 * for what was aborted.
 */
const breakGraceMs = 1_000;

/** Runs `work` in a snapshot that is over when this returns. The connection goes back only if it is known to be clean. */
export async function withReadSession<Result>(
  { source, begin, timeoutMs, signal, ...shown }: ReadSessionOptions,
  work: (session: ReadSession) => Promise<Result>,
): Promise<Result> {
  throwIfAborted(signal);
  const coming = source.getConnection().catch((error: unknown) => {
    throw translateError(error);
  });
  const connection = new ReadConnection(await orAborted(coming, (late) => release(late, false), signal), shown);
  const stopWatching = onAbort(signal, () => connection.interrupt(abortedError()));
  const timer = setTimeout(() => connection.interrupt(timeoutError(timeoutMs)), timeoutMs);
  try {
    throwIfAborted(signal);
    await connection.begin(begin);
    return await work(connection);
  } finally {
    clearTimeout(timer);
    stopWatching();
    await connection.end();
  }
}

/** The time limit is ours and not `callTimeout`, which is one for each round trip and not for all of them together. */
class ReadConnection implements ReadSession {
  readonly #connection: OracleConnection;
  readonly #shown: WordsShown;
  /** Why the session was interrupted. */
  #interruption: SynclineError | undefined;
  #running = false;
  #broken = false;
  #giveUp: NodeJS.Timeout | undefined;
  #rejectGivenUp: (reason: SynclineError) => void = () => {};
  readonly #givenUp: Promise<never>;

  constructor(connection: OracleConnection, shown: WordsShown) {
    this.#connection = connection;
    this.#shown = shown;
    this.#givenUp = new Promise((_resolve, reject) => {
      this.#rejectGivenUp = reject;
    });
    this.#givenUp.catch(() => {});
  }

  begin(text: string): Promise<unknown> {
    return this.#guarded("own", (connection) => connection.execute(text, {}, { autoCommit: false }));
  }

  call<Result>(make: (connection: OracleConnection) => Promise<Result>): Promise<Result> {
    return this.#guarded("query", make);
  }

  describe<Result>(make: (connection: OracleConnection) => Promise<Result>): Promise<Result> {
    return this.#guarded("described", make);
  }

  /** What runs is ended, what has not begun will not. */
  interrupt(reason: SynclineError): void {
    if (this.#interruption !== undefined) return;
    this.#interruption = reason;
    if (!this.#running) return;
    const isTimeout = reason.code === "query.timeout";
    const giveUp = () => this.#rejectGivenUp(isTimeout ? silenceError() : reason);
    this.#giveUp = setTimeout(giveUp, isTimeout ? graceMs : breakGraceMs);
    this.#connection.break().catch(() => {});
  }

  /**
   * ROLLBACK and not COMMIT, which would keep what a function of its own transaction had left in this one. A connection that
   * was interrupted is dropped: what was sent to end its statement could still end the next one.
   */
  async end(): Promise<void> {
    clearTimeout(this.#giveUp);
    if (this.#running) {
      // It does not answer: its session ends when it does, or when the network says that it will not.
      release(this.#connection, true);
      return;
    }
    this.#broken ||= this.#interruption !== undefined;
    if (!this.#broken) {
      await this.#connection.rollback().catch(() => {
        // What was read is good all the same; the connection is not.
        this.#broken = true;
      });
    }
    await release(this.#connection, this.#broken);
  }

  async #guarded<Result>(
    origin: StatementOrigin,
    make: (connection: OracleConnection) => Promise<Result>,
  ): Promise<Result> {
    this.#throwIfInterrupted();
    this.#running = true;
    const call = make(this.#connection).finally(() => {
      this.#running = false;
    });
    try {
      const result = await Promise.race([call, this.#givenUp]);
      this.#throwIfInterrupted();
      return result;
    } catch (error) {
      call.catch(() => {});
      this.#broken ||= breaksConnection(error);
      throw this.#reasonOf(error) ?? translateError(error, origin, this.#shown);
    }
  }

  /**
   * A server that does not even answer when its statement's time is over is away: that is not the
   * statement's fault.
   */
  #reasonOf(error: unknown): SynclineError | undefined {
    const isSilent = isSynclineError(error) && error.code === "database.unavailable";
    return isSilent && this.#interruption?.code === "query.timeout" ? error : this.#interruption;
  }

  #throwIfInterrupted(): void {
    if (this.#interruption !== undefined) throw this.#interruption;
  }
}

function timeoutError(timeoutMs: number): SynclineError {
  return new SynclineError("query.timeout", `The query took longer than ${timeoutMs} ms.`);
}
