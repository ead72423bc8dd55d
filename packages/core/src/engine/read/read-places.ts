import { onAbort } from "../../adapter-kit/aborted.ts";
import type { QueryLimits, QueryResult, QueryRunner, Statement } from "../../contracts/query-runner.ts";
import { SynclineError } from "../../model/errors.ts";
import type { Strategy } from "../../model/strategy.ts";

/** A query runner whose reads take their turns with those of other lanes. */
export interface LaneRunner extends Omit<QueryRunner, "run"> {
  /** @param onBegin called when its turn has come, each time. */
  run(
    statements: readonly Statement[],
    limits: QueryLimits,
    signal: AbortSignal,
    onBegin?: () => void,
  ): Promise<readonly QueryResult[]>;
}

/** For how long a read is left alone while others wait. Most take a few milliseconds. */
const patienceMs = 500;
/** Where many wait for each place: so that all of them have begun after a second or so. */
const leastPatienceMs = 100;
/** A template that is described runs nothing, but may wait for a table that is locked. */
const describePatienceMs = 2_000;
/** A lane's reads of so long ago count half. */
const halfLifeMs = 60_000;

interface ReadingLane {
  /** Milliseconds that its reads took, as of `usedAt`: older ones count less. */
  used: number;
  usedAt: number;
  /** Whether its last read was slow. */
  isSlow: boolean;
}

/** A read that wants a place. */
interface Wanted {
  readonly lane: ReadingLane;
  readonly patienceMs: number;
  /** Was once: it is slow, however quick others of its lane are, or it would be interrupted for ever. */
  wasInterrupted: boolean;
}

interface Reading {
  readonly wanted: Wanted;
  /** It takes as long as it may. */
  readonly isSlow: boolean;
  readonly begunAt: number;
  readonly controller: AbortController;
  isInterrupted: boolean;
}

type Read<Result> = (signal: AbortSignal) => Promise<Result>;

interface Waiting {
  readonly wanted: Wanted;
  readonly begin: () => void;
}

/**
 * Who may read, where the database adapter reads no more than so many at once. A strategy whose
 * query sleeps must not keep another from reading, however many such strategies there are.
 *
 * Whoever has read least of late goes first. A read that lasts while others wait is interrupted,
 * and begins anew, charged to nobody, in one of the places where reads take as long as they may:
 * never all of them. Lanes whose reads were slow go there at once, until one was quick.
 */
export class ReadPlaces {
  readonly #runner: QueryRunner;
  readonly #now: () => number;
  readonly #places: number;
  readonly #slowPlaces: number;
  readonly #lanes = new WeakMap<Strategy, LaneRunner>();
  /** In the order in which they began. */
  readonly #reading: Reading[] = [];
  #waiting: Waiting[] = [];
  /** Signals of reads that have ended, for reads to come: to make one takes longer than to listen to it. */
  readonly #free: AbortController[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(runner: QueryRunner, now: () => number) {
    this.#runner = runner;
    this.#now = now;
    this.#places = runner.concurrency ?? Number.POSITIVE_INFINITY;
    this.#slowPlaces = Math.max(1, this.#places - Math.ceil(this.#places / 4));
  }

  /** How a strategy is read. Known by its object: another definition begins anew. */
  runnerOf(strategy: Strategy): LaneRunner {
    if (this.#places === Number.POSITIVE_INFINITY) return this.#runner;
    let runner = this.#lanes.get(strategy);
    if (runner === undefined) {
      runner = this.#placed();
      this.#lanes.set(strategy, runner);
    }
    return runner;
  }

  #placed(): LaneRunner {
    const runner = this.#runner;
    const { describe, estimate } = runner;
    // As if it had read slowly before: strategies that come and go are behind those that were always quick.
    const lane: ReadingLane = { used: patienceMs, usedAt: this.#now(), isSlow: false };
    // Never slow: the worker's round may wait for what is described, and must not wait behind slow reads.
    const describing: ReadingLane = { ...lane };
    return {
      run: (statements, limits, signal, onBegin) =>
        this.#inTurn(lane, signal, (own) => runner.run(statements, limits, own), onBegin),
      ...(describe && {
        describe: (template, signal) => this.#once(describing, signal, (own) => describe.call(runner, template, own)),
      }),
      ...(estimate && {
        estimate: (statements, signal) => this.#inTurn(lane, signal, (own) => estimate.call(runner, statements, own)),
      }),
    };
  }

  async #inTurn<Result>(
    lane: ReadingLane,
    signal: AbortSignal,
    read: Read<Result>,
    onBegin?: () => void,
  ): Promise<Result> {
    const wanted: Wanted = { lane, patienceMs, wasInterrupted: false };
    for (;;) {
      const reading = this.#fits(wanted) ? this.#begin(wanted) : await this.#turn(wanted, signal);
      try {
        onBegin?.();
        return await this.#held(reading, signal, read);
      } catch (error) {
        if (!reading.isInterrupted || signal.aborted) throw error;
        wanted.wasInterrupted = true;
      } finally {
        lane.isSlow = this.#end(reading);
      }
    }
  }

  async #once<Result>(lane: ReadingLane, signal: AbortSignal, read: Read<Result>): Promise<Result> {
    const wanted: Wanted = { lane, patienceMs: describePatienceMs, wasInterrupted: false };
    const reading = this.#fits(wanted) ? this.#begin(wanted) : await this.#turn(wanted, signal);
    try {
      return await this.#held(reading, signal, read);
    } catch (error) {
      if (!reading.isInterrupted || signal.aborted) throw error;
      throw new SynclineError("database.busy", "The template was not described in time, and others waited to read.");
    } finally {
      this.#end(reading);
    }
  }

  async #held<Result>({ controller }: Reading, signal: AbortSignal, read: Read<Result>): Promise<Result> {
    const stopWatching = onAbort(signal, () => controller.abort());
    if (signal.aborted) controller.abort();
    try {
      return await read(controller.signal);
    } finally {
      stopWatching();
    }
  }

  #fits(wanted: Wanted): boolean {
    return this.#reading.length < this.#places && (!isSlow(wanted) || this.#slowReads() < this.#slowPlaces);
  }

  #slowReads(): number {
    let count = 0;
    for (const { isSlow } of this.#reading) if (isSlow) count += 1;
    return count;
  }

  #begin(wanted: Wanted): Reading {
    const controller = this.#free.pop() ?? new AbortController();
    const reading = { wanted, isSlow: isSlow(wanted), begunAt: this.#now(), controller, isInterrupted: false };
    this.#reading.push(reading);
    return reading;
  }

  /** Errors: `operation.aborted`. */
  #turn(wanted: Wanted, signal: AbortSignal): Promise<Reading> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        wanted,
        begin: () => {
          stopWatching();
          resolve(this.#begin(wanted));
        },
      };
      const stopWatching = onAbort(signal, () => {
        this.#waiting = this.#waiting.filter((each) => each !== waiting);
        reject(new SynclineError("operation.aborted", "The read was aborted before its turn had come."));
      });
      this.#waiting.push(waiting);
      this.#makeRoom();
    });
  }

  /** Returns whether it was slow. */
  #end(reading: Reading): boolean {
    const { controller, begunAt, isInterrupted } = reading;
    const { lane } = reading.wanted;
    const at = this.#now();
    const tookMs = at - begunAt;
    lane.used = this.#used(lane, at) + tookMs;
    lane.usedAt = at;
    this.#reading.splice(this.#reading.indexOf(reading), 1);
    if (!controller.signal.aborted) this.#free.push(controller);
    if (this.#waiting.length > 0) this.#next();
    return isInterrupted || tookMs > patienceMs;
  }

  #next(): void {
    const at = this.#now();
    for (;;) {
      const fitting = this.#waiting.filter(({ wanted }) => this.#fits(wanted));
      const [first, ...others] = fitting;
      if (first === undefined) break;
      const next = others.reduce(
        (least, each) => (this.#used(each.wanted.lane, at) < this.#used(least.wanted.lane, at) ? each : least),
        first,
      );
      this.#waiting = this.#waiting.filter((each) => each !== next);
      next.begin();
    }
    this.#makeRoom();
  }

  #used({ used, usedAt }: ReadingLane, at: number): number {
    return used * 2 ** ((usedAt - at) / halfLifeMs);
  }

  /** Interrupts reads that are not as quick as they should be, for as many as wait for their places. */
  #makeRoom(): void {
    clearTimeout(this.#timer);
    const slow = this.#waiting.filter(({ wanted }) => isSlow(wanted)).length;
    let wanted = this.#waiting.length - slow + Math.min(slow, this.#slowPlaces - this.#slowReads());
    const at = this.#now();
    const crowded = Math.max(leastPatienceMs / patienceMs, Math.min(1, this.#places / Math.max(1, wanted)));
    let nextMs = Number.POSITIVE_INFINITY;
    for (const reading of this.#reading) {
      if (wanted <= 0) return;
      if (reading.isSlow) continue;
      const leftMs = reading.begunAt + reading.wanted.patienceMs * crowded - at;
      if (leftMs > 0 && !reading.isInterrupted) {
        nextMs = Math.min(nextMs, leftMs);
        continue;
      }
      wanted -= 1;
      if (reading.isInterrupted) continue;
      reading.isInterrupted = true;
      reading.controller.abort();
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.#makeRoom(), Math.ceil(nextMs));
  }
}

function isSlow({ lane, wasInterrupted }: Wanted): boolean {
  return lane.isSlow || wasInterrupted;
}
