import { abortedError, onAbort, orAborted, throwIfAborted } from "@syncline/core/adapter-kit";
import { isSynclineError, SynclineError } from "@syncline/core/spi";
import { release } from "./connections.ts";
import type { OracleConnection } from "./driver.ts";
import { breaksConnection, type StatementOrigin, translateError, type WordsShown } from "./errors.ts";
import type { ConnectionSource } from "./pools.ts";

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

/** How long the server may take to end a statement before the connection is given up. */
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
    this.#giveUp = setTimeout(() => this.#rejectGivenUp(reason), breakGraceMs);
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
      // A value that our own readers refused says nothing about the connection.
      if (!isSynclineError(error)) this.#broken ||= breaksConnection(error);
      throw this.#interruption ?? translateError(error, origin, this.#shown);
    }
  }

  #throwIfInterrupted(): void {
    if (this.#interruption !== undefined) throw this.#interruption;
  }
}

function timeoutError(timeoutMs: number): SynclineError {
  return new SynclineError("query.timeout", `The query took longer than ${timeoutMs} ms.`);
}
