import { isSynclineError, SynclineError } from "@syncline/core/spi";
import { type CancelChannel, newTag, type ReadAtServer } from "./cancel-channel.ts";
import { discard } from "./discard.ts";
import type { PgClient, PgQuery, PgResult } from "./driver.ts";
import { breaksConnection, sqlStateOf, translateError } from "./errors.ts";
import { holdBack } from "./hold-back.ts";
import { type KeptSession, keptSession } from "./kept-session.ts";
import type { FenceCheck } from "./query-source/replica-fence.ts";
import { beginText, endText, type KeptSettings, restateText, type SessionLimits } from "./sql/read-transaction.ts";
import { askServerFacts } from "./sql/server-facts.ts";

/**
 * How long the server may take to cancel a statement before the connection is given up. It takes
 * about 3 ms.
 */
const cancelGraceMs = 1_000;
/** Meanwhile it is told again, in case that it was between two statements. */
const cancelAgainMs = 50;

/** How long a ROLLBACK may take before the connection is given up. It takes less than 1 ms. */
const rollBackPatienceMs = 5_000;

/** The server's own limit comes first; ours is for a server that has fallen silent. */
const timeoutMarginMs = 200;

/**
 * How long a place in the pool is kept for what may still run at the server, beyond the read's own
 * limit there.
 */
const endPatienceMs = 5_000;

/** A read-only snapshot on a connection of the pool. */
export interface ReadSession {
  /** What comes is counted as it comes, if there is a limit. */
  readonly isMetered: boolean;
  /** Digits behind the point of `money`, as of the session's locale. */
  readonly moneyDigits: number;
  /**
   * One statement. Rejects at once, without running it, if the session was interrupted. Outside of
   * the transaction it must fail (`hasBegun`) unless the session waits for its BEGIN: it may go out
   * together with it, and that may fail alone. What the driver throws of it is thrown as it is:
   * only who knows the statement knows how much of it may be told.
   *
   * @param isLast the session's end goes out with it.
   * @param mayKeep it may stay prepared on its connection: its plan is good for any values.
   */
  query(query: PgQuery, isLast: boolean, mayKeep?: boolean): Promise<PgResult>;
}

export interface ReadConnectionOptions {
  readonly client: PgClient;
  readonly channel: CancelChannel;
  readonly isPipelined: boolean;
  /** Whether several statements of templates run, one after the other. */
  readonly runsSeveral: boolean;
  readonly keeps: KeptSettings;
  readonly limits: SessionLimits;
}

/** One read's connection, from its BEGIN until it goes back to its pool, or is given up. */
export class ReadConnection implements ReadSession {
  readonly #client: PgClient;
  readonly #options: ReadConnectionOptions;
  #read: ReadAtServer = { tag: newTag(), server: undefined, pid: undefined };
  #kept: KeptSession | undefined;
  #endsAt = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #begun: Promise<void> = Promise.resolve();
  #hasBegun = false;
  #hasRun = false;
  #rolledBack: Promise<void> | undefined;
  #letGo: () => void = () => {};
  /** Why the session was interrupted. */
  #interruption: SynclineError | undefined;
  /** Whether the server has answered all cancels. */
  #cancelling: Promise<boolean> = Promise.resolve(true);
  /** Whether the server has answered any cancel. */
  #isHeard = false;
  #cancelAgain: NodeJS.Timeout | undefined;
  #giveUp: NodeJS.Timeout | undefined;
  /** What was sent and has not been answered. */
  #unanswered = 0;
  #broken = false;
  #released = false;
  readonly isMetered: boolean;
  moneyDigits = 2;

  constructor(options: ReadConnectionOptions) {
    this.#options = options;
    this.#client = options.client;
    this.isMetered = options.client.connection?.stream !== undefined;
    options.client.on("error", this.#onError);
  }

  // A lost connection is an event as well as a failed query; without a listener, the event ends the process.
  readonly #onError = (): void => {
    this.#broken = true;
  };

  /** What follows in this turn goes out with it, where the driver can: one packet instead of three. */
  async begin(check: FenceCheck | undefined): Promise<void> {
    const { limits, runsSeveral, isPipelined, keeps } = this.#options;
    const { timeoutMs } = limits;
    this.#endsAt = performance.now() + timeoutMs;
    // A BEGIN that is not answered says nothing of the query, which has not run yet.
    const onTimeout = () => this.interrupt(this.#hasBegun ? timeoutError(timeoutMs) : silentError(timeoutMs));
    this.#timer = setTimeout(onTimeout, timeoutMs + timeoutMarginMs);
    const facts = await this.#guarded("own", () => askServerFacts(this.#client));
    this.moneyDigits = facts.moneyDigits;
    this.#kept = await this.#guarded("own", () => keptSession(this.#client, { ...limits, keeps, facts }));
    this.#read = { tag: this.#kept?.tag ?? this.#read.tag, server: facts.server, pid: facts.pid };
    const kept = this.#kept?.settings ?? "none";
    this.#letGo = isPipelined ? holdBack(this.#client) : () => {};
    this.#begun = this.#guarded("own", async () => {
      const text = beginText({ ...limits, facts, kept, isRestated: runsSeveral, checkText: check?.text });
      // The driver answers several statements with several results.
      const sent = this.#send({ text, rowMode: "array" });
      const results = [await (limits.role === undefined ? sent : sent.catch(roleRefused))].flat();
      check?.accept(results[1]?.rows[0]);
      this.#hasBegun = true;
    });
    this.#begun.catch(() => {});
  }

  async query(query: PgQuery, isLast: boolean, mayKeep = false): Promise<PgResult> {
    if (!this.#options.isPipelined) await this.#begun;
    return this.#guarded("query", async () => {
      const restated = this.#restate();
      if (!this.#options.isPipelined) await restated;
      const name = mayKeep ? this.#kept?.nameOf(query.text) : undefined;
      const answered = this.#send(name === undefined ? query : { ...query, name });
      if (isLast) this.#rollBack();
      this.#letGo();
      try {
        const [result] = await Promise.all([answered, this.#begun, restated]);
        return result;
      } catch (error) {
        // What is answered after a BEGIN that failed says only that it did.
        await this.#begun;
        throw error;
      }
    });
  }

  /** A template can change any setting for what comes after it: its own limits, the role, the search path. */
  async #restate(): Promise<void> {
    if (!this.#hasRun || !this.#options.runsSeveral) {
      this.#hasRun = true;
      return;
    }
    if (this.#options.isPipelined) this.#letGo = holdBack(this.#client);
    await this.#send({ text: restateText(this.#endsAt - performance.now()) });
  }

  /** All that the server shows of this read begins with its tag. */
  async #send(query: PgQuery): Promise<PgResult> {
    this.#unanswered += 1;
    const head = `${this.#read.tag} `;
    try {
      return await this.#client.query({ ...query, text: head + query.text });
    } catch (error) {
      throw movedBack(error, head.length);
    } finally {
      this.#unanswered -= 1;
    }
  }

  /** What runs is cancelled, what has not begun will not. */
  interrupt(reason: SynclineError): void {
    if (this.#interruption !== undefined) return;
    this.#interruption = reason;
    this.#giveUp = setTimeout(() => {
      // The server is silent as a whole: no key can be at fault for that.
      const isSilent = this.#options.channel.isApart && !this.#isHeard;
      if (reason.code === "query.timeout" && isSilent) this.#interruption = silentError(this.#options.limits.timeoutMs);
      this.#release(true);
    }, cancelGraceMs);
    this.#cancel();
  }

  #cancel(): void {
    if (this.#released || this.#unanswered === 0) return;
    const before = this.#cancelling;
    const isAnswered = this.#options.channel.cancel(this.#read);
    this.#cancelling = Promise.all([before, isAnswered]).then((all) => all.every(Boolean));
    void this.#cancelling.then((isAnswered) => {
      this.#isHeard ||= isAnswered;
      this.#cancelAgain = setTimeout(() => this.#cancel(), cancelAgainMs);
    });
  }

  /** What comes is not even received: a statement that is cancelled would still send what it has begun. */
  cut(reason: SynclineError): void {
    this.#interruption ??= reason;
    this.#release(true);
  }

  async end(): Promise<void> {
    clearTimeout(this.#timer);
    // A cancel that is still under way could hit the connection's next statement. If it takes too
    // long, `#giveUp` comes first and destroys the connection.
    if (this.#interruption !== undefined) {
      const isAnswered = await Promise.race([this.#cancelling, this.#whenReleased]);
      // It may come yet, and hit the next read, which has the same tag.
      if (this.#kept !== undefined && isAnswered !== true) this.#broken = true;
    }
    if (!this.#released && !this.#broken) {
      this.#rollBack();
      this.#letGo();
      // Nobody waits for it any more, so nobody would notice that it is never answered.
      this.#giveUp ??= setTimeout(() => this.#release(true), rollBackPatienceMs);
      await this.#rolledBack;
    }
    const status = this.#client.getTransactionStatus?.() ?? "I";
    this.#release(this.#broken || status !== "I");
  }

  /** Once. What was read is good even if this fails; the connection is not. */
  #rollBack(): void {
    this.#rolledBack ??= this.#client.query(endText(this.#kept?.takeSurplus() ?? [])).then(
      (results) => {
        // The driver answers several statements with several results.
        const row = Object([results].flat().at(-1)?.rows[0]);
        this.#broken ||= Reflect.get(row, "prepared") !== null;
        this.#broken ||= this.#kept?.isAt(Reflect.get(row, "pid")) === false;
      },
      () => {
        this.#broken = true;
      },
    );
  }

  async #guarded<Result>(origin: "own" | "query", run: () => Promise<Result>): Promise<Result> {
    this.#throwIfInterrupted();
    try {
      const result = await run();
      this.#throwIfInterrupted();
      return result;
    } catch (error) {
      // A value that our own parsers refused says nothing about the connection.
      if (!isSynclineError(error)) this.#broken ||= breaksConnection(error);
      throw this.#interruption ?? (origin === "own" ? translateError(error) : error);
    }
  }

  #throwIfInterrupted(): void {
    if (this.#interruption !== undefined) throw this.#interruption;
  }

  #resolveReleased: () => void = () => {};
  readonly #whenReleased = new Promise<void>((resolve) => {
    this.#resolveReleased = resolve;
  });

  #release(destroy: boolean): void {
    if (this.#released) return;
    this.#released = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#giveUp);
    clearTimeout(this.#cancelAgain);
    this.#resolveReleased();
    if (destroy) {
      this.#abandon();
    } else {
      this.#client.release();
      this.#client.removeListener("error", this.#onError);
    }
  }

  /**
   * The server notices that its client is gone when it next sends something, which may be never. So
   * the connection keeps its place in the pool until nothing runs on it: a pool of four is four
   * processes at the server, however many reads are cut.
   */
  #abandon(): void {
    const { channel } = this.#options;
    const mayRun = this.#unanswered > 0 && !this.#broken;
    if (!mayRun || !channel.isApart) {
      discard(this.#client);
      if (mayRun) void channel.end(this.#read, endPatienceMs);
      return;
    }
    const ended = channel.end(this.#read, Math.max(0, this.#endsAt - performance.now()) + endPatienceMs);
    this.#client.connection?.stream?.destroy?.();
    void ended.then(() => discard(this.#client));
  }
}

/** The server counts from the tag on. */
function movedBack(error: unknown, by: number): unknown {
  if (typeof error === "object" && error !== null && "position" in error && typeof error.position === "string")
    error.position = String(Number(error.position) - by);
  return error;
}

function silentError(timeoutMs: number): SynclineError {
  return new SynclineError("database.unavailable", `PostgreSQL has not answered for more than ${timeoutMs} ms.`);
}

/** Its own words name the role, and not where it stands. */
function roleRefused(error: unknown): never {
  const state = sqlStateOf(error);
  if (state !== "22023" && state !== "42501") throw error;
  const { code, message } = translateError(error);
  const advice =
    "Somebody has to mend this: it is query.role, which must exist and be granted to the login that reads.";
  throw new SynclineError(code, `${message.replace(" Grant the role what it needs.", "")} ${advice}`, {
    cause: error,
    needsPerson: true,
  });
}

function timeoutError(timeoutMs: number): SynclineError {
  return new SynclineError("query.timeout", `The query took longer than ${timeoutMs} ms.`);
}
