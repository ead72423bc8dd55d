import { setTimeout as sleep } from "node:timers/promises";
import type { BackfillChunk, BackfillJob, BackfillLease, BackfillStore } from "../../contracts/backfill-store.ts";
import type { CategoryDefinition } from "../../model/category-definition.ts";
import { isSynclineError, SynclineError } from "../../model/errors.ts";
import { reportOf } from "./backfill-report.ts";
import type { BackfillProgress } from "./backfills.ts";

/** In milliseconds. */
export interface DriverTimes {
  /** How long nobody else may drive it once this process is gone. */
  readonly leaseMs: number;
  /** Between two looks at whether the strategy is still what it was. */
  readonly strategyMs: number;
  /** Between two looks at a backlog that is too long. */
  readonly backlogMs: number;
  /** A database that is away for longer ends the drive. */
  readonly patienceMs: number;
  /** At most, between two tries. */
  readonly retryMs: number;
}

export const driverTimes: DriverTimes = {
  leaseMs: 60_000,
  strategyMs: 5_000,
  backlogMs: 1_000,
  patienceMs: 600_000,
  retryMs: 10_000,
};

export interface DriverParts {
  readonly store: BackfillStore;
  readonly id: string;
  /** A UUID of this drive alone. */
  readonly owner: string;
  /** The category of the strategy as it is now. Errors: `strategy.unknown`, `backfill.state`. */
  categoryOf(job: BackfillJob, signal: AbortSignal): Promise<CategoryDefinition>;
  tell(progress: BackfillProgress): void;
  readonly times?: DriverTimes;
}

/** How long what ends a drive may take, once the pipeline stops. */
const releaseMs = 2_000;

/**
 * Drives one backfill chunk by chunk, under its lease. Where it stands is read anew before each
 * chunk, and written in the transaction of the chunk's keys: whatever became of the last one,
 * committed or not, the next goes on behind it.
 */
export class BackfillDriver {
  readonly #parts: DriverParts;
  readonly #times: DriverTimes;
  readonly #lease: BackfillLease;
  #category: CategoryDefinition | undefined;
  #lookAt = 0;
  #seen: BackfillJob | undefined;
  /** When the next chunk may begin, by this process's monotonic clock. */
  #nextAt = 0;

  constructor(parts: DriverParts) {
    this.#parts = parts;
    this.#times = parts.times ?? driverTimes;
    this.#lease = { owner: parts.owner, durationMs: this.#times.leaseMs };
  }

  /** Until it is over or paused, or `ending` fires. The lease is held already. Errors: `backfill.running`; the database's. */
  async drive(ending: AbortSignal): Promise<BackfillJob> {
    let failures = 0;
    let goodAt = performance.now();
    for (;;) {
      try {
        if (ending.aborted) return await this.#leave(null);
        const job = await this.#step(ending);
        if (job !== undefined) return job;
        failures = 0;
        goodAt = performance.now();
      } catch (error) {
        if (ending.aborted) continue;
        if (!isSynclineError(error) || error.code === "backfill.running") throw error;
        if (!error.retryable) return await this.#leave(error.message);
        if (performance.now() - goodAt > this.#times.patienceMs) throw error;
        failures += 1;
        await this.#pause(Math.min(this.#times.retryMs, 100 * 2 ** Math.min(failures, 10)), ending);
      }
    }
  }

  /** One chunk, or one wait. The job, once it is nothing to drive any more. */
  async #step(ending: AbortSignal): Promise<BackfillJob | undefined> {
    const { store, tell } = this.#parts;
    const job = await this.#find(ending);
    if (job.state !== "running") return job;
    const category = await this.#look(job, ending);
    const limit = await this.#room(job, ending);
    if (limit === 0) {
      tell({ report: reportOf(job), waitsFor: "the strategy's backlog" });
      await this.#hold(this.#times.backlogMs, ending);
      return undefined;
    }
    const from = performance.now();
    const chunk = await this.#whileLeased(ending, (signal) => store.record(job, category, this.#lease, limit, signal));
    if (chunk === undefined) return await this.#lost(ending);
    const after = await this.#find(ending);
    tell({ report: reportOf(after) });
    if (after.state !== "running") return after;
    if (job.rate !== null) {
      this.#nextAt = Math.max(from, this.#nextAt) + (counted(chunk) * 1_000) / job.rate;
      await this.#hold(this.#nextAt - performance.now(), ending);
    }
    return undefined;
  }

  /** How many keys the next chunk may have. A rate makes chunks of a second's keys, so that it is even. */
  async #room({ strategy, chunk, rate, maxWaiting }: BackfillJob, signal: AbortSignal): Promise<number> {
    const most = rate === null ? chunk : Math.min(chunk, Math.ceil(rate));
    if (maxWaiting === null) return most;
    return Math.max(0, Math.min(most, maxWaiting - (await this.#parts.store.waiting(strategy, maxWaiting, signal))));
  }

  async #look(job: BackfillJob, signal: AbortSignal): Promise<CategoryDefinition> {
    const now = performance.now();
    if (this.#category === undefined || now >= this.#lookAt) {
      this.#category = await this.#parts.categoryOf(job, signal);
      this.#lookAt = now + this.#times.strategyMs;
    }
    return this.#category;
  }

  /** Renews the lease meanwhile. Work whose lease is lost is given up: what it did is undone. */
  async #whileLeased<Value>(
    ending: AbortSignal,
    work: (signal: AbortSignal) => Promise<Value>,
  ): Promise<Value | undefined> {
    const lost = new AbortController();
    const signal = AbortSignal.any([ending, lost.signal]);
    const renew = async () => {
      // What cannot be renewed for now may be in time for the next.
      const held = await this.#parts.store.renew(this.#parts.id, this.#lease, signal).catch(() => true);
      if (!held) lost.abort(new Error("the lease is another's, or the backfill was paused"));
    };
    const renewing = setInterval(() => void renew(), this.#times.leaseMs / 4);
    try {
      return await work(signal);
    } catch (error) {
      if (lost.signal.aborted && !ending.aborted) return undefined;
      throw error;
    } finally {
      clearInterval(renewing);
    }
  }

  /** Waits, and keeps the lease: a pause meanwhile is seen by whoever looks next. */
  async #hold(ms: number, ending: AbortSignal): Promise<void> {
    if (ms > 0) await this.#whileLeased(ending, (signal) => sleep(ms, undefined, { signal }));
  }

  async #pause(ms: number, ending: AbortSignal): Promise<void> {
    if (this.#seen !== undefined) this.#parts.tell({ report: reportOf(this.#seen), waitsFor: "the database" });
    await sleep(ms, undefined, { signal: ending }).catch(() => {});
  }

  /** Nothing was recorded: it was paused or cancelled, or is another's. */
  async #lost(signal: AbortSignal): Promise<BackfillJob | undefined> {
    const job = await this.#find(signal);
    if (job.state !== "running") return job;
    // It stands elsewhere than it was read a moment ago: a chunk was committed, and its answer lost.
    if (await this.#parts.store.renew(this.#parts.id, this.#lease, signal)) return undefined;
    throw new SynclineError("backfill.running", `Another process has taken the backfill ${job.id} over.`);
  }

  async #leave(error: string | null): Promise<BackfillJob> {
    const signal = AbortSignal.timeout(releaseMs);
    const { store, id, owner } = this.#parts;
    await store.release(id, owner, error, signal);
    return await this.#find(signal);
  }

  async #find(signal: AbortSignal): Promise<BackfillJob> {
    const [job] = await this.#parts.store.list({ id: this.#parts.id, limit: 1 }, signal);
    this.#seen = job;
    if (job !== undefined) return job;
    throw new SynclineError("backfill.unknown", `The backfill ${this.#parts.id} is not there any more.`);
  }
}

function counted({ recorded, refused }: BackfillChunk): number {
  return recorded + refused;
}
