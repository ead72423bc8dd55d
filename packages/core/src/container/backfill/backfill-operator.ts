import { randomUUID } from "node:crypto";
import type { OperatorNote } from "../../contracts/audit-log.ts";
import type { BackfillJob, BackfillStore, BackfillThrottle } from "../../contracts/backfill-store.ts";
import type { CategorySources } from "../../contracts/category-sources.ts";
import type { CategoryDefinition } from "../../model/category-definition.ts";
import { SynclineError } from "../../model/errors.ts";
import { checkShape, numberFrom, text, wholeNumber } from "../../model/option-checks.ts";
import type { Strategy } from "../../model/strategy.ts";
import { allKeys } from "../check-sources.ts";
import { type Lifecycle, operatorMs } from "../lifecycle.ts";
import { operatorRecord } from "../operator-record.ts";
import { BackfillDriver, driverTimes } from "./backfill-driver.ts";
import { reportOf } from "./backfill-report.ts";
import type {
  BackfillOptions,
  BackfillPace,
  BackfillProgress,
  BackfillReport,
  Backfills,
  DrivenBackfill,
} from "./backfills.ts";

export interface BackfillOperatorParts {
  readonly lifecycle: Lifecycle;
  store(): BackfillStore | undefined;
  sources(): CategorySources | undefined;
  adapterName(): string;
  /** Errors: `strategy.unknown`. */
  strategy(name: string, signal: AbortSignal): Promise<Strategy>;
  /** What ends a drive and nobody may be waiting for. */
  tellError(during: string, error: unknown): void;
}

/** A rate above what a database takes is none. Below a key in a hundred seconds, it is a pause. */
const pace = {
  rate: { check: numberFrom(0.01, 1_000_000) },
  maxWaiting: { check: wholeNumber(1, 1_000_000_000) },
  chunk: { check: wholeNumber(1, 50_000) },
};
const usualChunk = 1_000;
const mostInList = 1_000;
/** Timers take no more. A backfill of that long is begun anew by nobody: it is resumed. */
const longestMs = 2_147_483_647;

export class BackfillOperator implements Backfills {
  readonly #parts: BackfillOperatorParts;

  constructor(parts: BackfillOperatorParts) {
    this.#parts = parts;
  }

  start(name: string, options: BackfillOptions = {}, by?: OperatorNote): Promise<DrivenBackfill> {
    // A SELECT may take long to be counted.
    return this.#parts.lifecycle.during(60 * operatorMs, async (signal) => {
      refuseWrong(options, { ...pace, keys: { check: text(100_000) } });
      const store = this.#store();
      const { category } = await this.#parts.strategy(name, signal);
      const { keys, rate = null, maxWaiting = null, chunk = usualChunk } = options;
      const select = keys ?? (await allKeys(this.#parts.sources(), category, signal));
      const examined = await store.examine(category, select, signal);
      const backfill = {
        ...examined,
        ...{ strategy: name, category: category.name, fields: fieldsOf(category), keys: select },
        ...{ allKeys: keys === undefined, rate, maxWaiting, chunk },
      };
      const owner = randomUUID();
      const record = operatorRecord("backfill", by, name, { keys: keys ?? "all", ...given(options) });
      const id = await store.begin(backfill, { owner, durationMs: driverTimes.leaseMs }, signal, record);
      return this.#drive(store, id, owner);
    });
  }

  resume(id: string, given: BackfillPace = {}, by?: OperatorNote): Promise<DrivenBackfill> {
    return this.#parts.lifecycle.during(60 * operatorMs, async (signal) => {
      refuseWrong(given, pace);
      const store = this.#store();
      const job = await this.#find(store, id, signal);
      refuseOver(job);
      refuseDriven(job);
      const category = await this.#categoryOf(job, signal);
      const { keyOrder } = await store.examine(category, job.keys, signal);
      if (keyOrder !== job.keyOrder)
        throw new SynclineError(
          "backfill.state",
          `The keys of the backfill ${id} were of ${job.keyOrder} when it began, and are of ${keyOrder} now: in another order, where it stands ` +
            "means something else. Cancel it, and start another.",
        );
      const owner = randomUUID();
      const record = operatorRecord("resume-backfill", by, job.strategy, { backfill: id, ...given });
      const lease = { owner, durationMs: driverTimes.leaseMs };
      if (!(await store.take(id, lease, throttleOf(given), signal, record))) {
        const now = await this.#find(store, id, signal);
        refuseOver(now);
        throw taken(now);
      }
      return this.#drive(store, id, owner);
    });
  }

  pause(id: string, by?: OperatorNote): Promise<BackfillReport> {
    return this.#end(id, "pause", by);
  }

  cancel(id: string, by?: OperatorNote): Promise<BackfillReport> {
    return this.#end(id, "cancel", by);
  }

  list(query: { readonly limit?: number } = {}): Promise<readonly BackfillReport[]> {
    return this.#parts.lifecycle.during(operatorMs, async (signal) => {
      refuseWrong(query, { limit: { check: wholeNumber(1, mostInList) } });
      return (await this.#store().list({ limit: query.limit ?? 100 }, signal)).map(reportOf);
    });
  }

  show(id: string): Promise<BackfillReport> {
    return this.#parts.lifecycle.during(operatorMs, async (signal) =>
      reportOf(await this.#find(this.#store(), id, signal)),
    );
  }

  #end(id: string, how: "pause" | "cancel", by?: OperatorNote): Promise<BackfillReport> {
    return this.#parts.lifecycle.during(operatorMs, async (signal) => {
      const store = this.#store();
      const job = await this.#find(store, id, signal);
      const record = operatorRecord(`${how}-backfill`, by, job.strategy, { backfill: id });
      const isDone = await store[how](id, signal, record);
      const now = await this.#find(store, id, signal);
      if (!isDone)
        throw new SynclineError("backfill.state", `The backfill ${id} is ${now.state}: there is nothing to ${how}.`);
      return reportOf(now);
    });
  }

  #drive(store: BackfillStore, id: string, owner: string): DrivenBackfill {
    const { lifecycle, tellError } = this.#parts;
    const listeners = new Set<(progress: BackfillProgress) => void>();
    const driver = new BackfillDriver({
      ...{ store, id, owner },
      categoryOf: (job, signal) => this.#categoryOf(job, signal),
      tell: (progress) => {
        for (const listener of listeners) listener(progress);
      },
    });
    const ended = lifecycle
      .during(longestMs, (signal) => driver.drive(AbortSignal.any([signal, lifecycle.stopping])))
      .then((job) => {
        if (job.state === "failed") tellError(`backfill ${id}`, new SynclineError("backfill.state", failed(job)));
        return reportOf(job);
      });
    // Whoever awaits it hears of it all the same.
    ended.catch((error: unknown) => tellError(`backfill ${id}`, error));
    return {
      id,
      ended,
      onProgress: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
  }

  /** Errors: `strategy.unknown`; `backfill.state` where its category is not what it was. */
  async #categoryOf({ id, strategy, category, fields }: BackfillJob, signal: AbortSignal) {
    const { category: now } = await this.#parts.strategy(strategy, signal);
    if (now.name === category && fieldsOf(now) === fields) return now;
    const was = `${category} ${fields}`;
    throw new SynclineError(
      "backfill.state",
      `The strategy "${strategy}" has keys of ${now.name} ${fieldsOf(now)} now; when the backfill ${id} began, of ${was}. Cancel it, and start another.`,
    );
  }

  async #find(store: BackfillStore, id: string, signal: AbortSignal): Promise<BackfillJob> {
    const [job] = /^\d{1,18}$/.test(id) ? await store.list({ id, limit: 1 }, signal) : [];
    if (job !== undefined) return job;
    throw new SynclineError("backfill.unknown", `There is no backfill ${JSON.stringify(String(id).slice(0, 40))}.`);
  }

  #store(): BackfillStore {
    const store = this.#parts.store();
    if (store !== undefined) return store;
    throw new SynclineError(
      "config.invalid",
      `The database adapter "${this.#parts.adapterName()}" keeps no backfills: backfill(strategy, …) records all keys at once.`,
    );
  }
}

/** In their order: it is that of the keys. */
function fieldsOf({ fields }: CategoryDefinition): string {
  return JSON.stringify(Object.entries(fields));
}

function refuseWrong(options: object, shape: Parameters<typeof checkShape>[1]): void {
  const problems = checkShape(options, shape);
  if (problems.length > 0)
    throw new SynclineError("config.invalid", "No backfill can be driven so. To hold one, pause it.", { problems });
}

function refuseOver({ id, state }: BackfillJob): void {
  if (state === "done" || state === "cancelled")
    throw new SynclineError("backfill.state", `The backfill ${id} is ${state}: start another.`);
}

function refuseDriven(job: BackfillJob): void {
  if (job.state === "running" && job.leaseMs > 0) throw taken(job);
}

function taken({ id, leaseMs }: BackfillJob): SynclineError {
  const seconds = Math.ceil(leaseMs / 1_000);
  return new SynclineError(
    "backfill.running",
    `Another process drives the backfill ${id}. If that one is gone, its lease ends in ${seconds} s; to stop it, pause the backfill.`,
  );
}

function failed({ id, error }: BackfillJob): string {
  return `The backfill ${id} failed, and can be resumed: ${error ?? "no reason was kept"}`;
}

/** What of the pace was said. */
function given({ rate, maxWaiting, chunk }: BackfillPace): BackfillPace {
  return {
    ...(rate === undefined ? {} : { rate }),
    ...(maxWaiting === undefined ? {} : { maxWaiting }),
    ...(chunk === undefined ? {} : { chunk }),
  };
}

function throttleOf(pace: BackfillPace): Partial<BackfillThrottle> {
  return given(pace);
}
