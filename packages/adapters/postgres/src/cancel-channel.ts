import { randomUUID } from "node:crypto";
import type { Logger } from "@syncline/core/spi";
import type { PgPool, PgQuery } from "./driver.ts";
import { sqlStateOf } from "./errors.ts";
import { cancelText, type ReadMark, terminateText, watchText } from "./sql/end-reads.ts";

/** A read at the server: a process whose latest statement begins with its tag is still the read's. */
export interface ReadAtServer extends ReadMark {
  /** The server that it runs at. Behind a balancer, the channel may lead to another one. */
  readonly server: string | undefined;
}

/** Ends what a read has left running at its server. */
export interface CancelChannel {
  /** Whether it has a connection of its own. One that it shares may be the one that it is to free. */
  readonly isApart: boolean;
  /**
   * Cancels what the read runs at this moment, if anything. Never rejects: resolves to whether the
   * server has answered, so that no cancel of this one can come later.
   */
  cancel(read: ReadAtServer): Promise<boolean>;
  /**
   * For a read whose connection was given up: cancels it until the server runs it no more, or ends
   * its process where that does not help. Resolves then, or when `withinMs` have passed. Never
   * rejects.
   */
  end(read: ReadAtServer, withinMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Not a random number each: a read is told by its process and its place in it. */
const ownTag = randomUUID();
let reads = 0;

export function newTag(): string {
  reads += 1;
  return `/* syncline read ${ownTag} ${reads} */`;
}

/** `query_timeout` is the driver's, for a server that has fallen silent. */
interface TimedQuery extends PgQuery {
  readonly query_timeout: number;
}

/** Its answers take about 1 ms. */
const answerMs = 2_000;
const firstPauseMs = 20;
const longestPauseMs = 500;
/**
 * What could not be cancelled for so long is in no statement that looks for cancels, or is kept
 * from ending.
 */
const terminateAfterMs = 2_000;
/** At the end, reads that were given up a moment ago. */
const closePatienceMs = 1_000;

/**
 * A connection is opened when the first read has to be ended, and kept. In the pool of the reads, a
 * cancel would wait for a place of theirs.
 *
 * @param ownPool makes a pool of one connection, with the login that reads; `undefined`: cancels go
 * through `pool` itself.
 */
export function createCancelChannel(pool: PgPool, ownPool: (() => PgPool) | undefined, log: Logger): CancelChannel {
  let own: PgPool | undefined;
  let isClosed = false;
  const ending = new Set<Promise<void>>();

  async function ask(text: string): Promise<readonly unknown[]> {
    own ??= ownPool?.() ?? pool;
    const query: TimedQuery = { text, rowMode: "array", query_timeout: answerMs };
    // The driver answers several statements with several results.
    const results = [await own.query(query)].flat();
    const row = results.find(({ command }) => command === "SELECT")?.rows[0];
    return Array.isArray(row) ? row : [];
  }

  /** Whether the server said that nothing of the read is left. */
  async function isGone(read: ReadAtServer, isStubborn: boolean): Promise<boolean> {
    const { server } = read;
    // Whoever may not cancel can still see.
    const denied = (error: unknown) => {
      if (sqlStateOf(error) !== "42501") throw error;
      return ask(watchText(read));
    };
    const [at, left] = await ask(isStubborn ? terminateText(read) : cancelText(read)).catch(denied);
    if (server !== undefined && String(at) !== server) throw new Error("The connection for cancels leads elsewhere.");
    return Number(left) === 0;
  }

  async function endNow(read: ReadAtServer, withinMs: number): Promise<void> {
    const begunAt = performance.now();
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const takenMs = performance.now() - begunAt;
      const isStubborn = takenMs > terminateAfterMs;
      const end = await isGone(read, isStubborn).catch((error: unknown) => error);
      if (end === true) {
        if (isStubborn)
          log.warn({ takenMs }, "A read that was given up has ended at the server, after several cancels");
        return;
      }
      if (isClosed || takenMs > withinMs) {
        const why = end === false ? "it still runs" : String(end);
        log.warn(
          { why },
          "A read that was given up could not be ended at the server, which has its own time limit for it",
        );
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  return {
    isApart: ownPool !== undefined,
    cancel: (read) =>
      ask(cancelText(read)).then(
        () => true,
        (error: unknown) => sqlStateOf(error) !== undefined,
      ),
    end: (read, withinMs) => {
      const end = endNow(read, withinMs).finally(() => ending.delete(end));
      ending.add(end);
      return end;
    },
    close: async () => {
      const patience = new Promise((resolve) => setTimeout(resolve, closePatienceMs).unref());
      await Promise.race([Promise.all(ending), patience]);
      isClosed = true;
      if (ownPool !== undefined) await own?.end();
    },
  };
}
