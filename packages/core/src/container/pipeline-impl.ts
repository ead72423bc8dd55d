import type { Container } from "inversify";
import type { BacklogStatus, DeadLetterQuery, DeadLetterSelection } from "../contracts/backlog-store.ts";
import type { ChangeRecorder } from "../contracts/change-recorder.ts";
import type { MigrationReport, SurplusRight } from "../contracts/database-adapter.ts";
import type { Engine } from "../engine/engine.ts";
import type { PipelineEvent, PipelineListener } from "../engine/events.ts";
import type { ReadPlans } from "../engine/read/read-plans.ts";
import { changeOf } from "../model/category.ts";
import type { ConditionInput } from "../model/category-definition.ts";
import { canonicalCondition } from "../model/condition.ts";
import { isSynclineError, SynclineError } from "../model/errors.ts";
import type { Strategy } from "../model/strategy.ts";
import { unlessAborted } from "../transport-kit/unless-aborted.ts";
import { type Examination, examine, refuseOptions, refuseWhatCannotWork } from "./check-code-strategies.ts";
import { describeStrategies } from "./describe-strategies.ts";
import { type Health, HealthWatch } from "./health.ts";
import type { BackfillSource, DeadLetters, Pipeline } from "./pipeline.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { type Preview, previewKey } from "./preview.ts";
import { TOKENS } from "./tokens.ts";

const operatorTimeoutMs = 60_000;
/** Schemas that a downstream itself gives may be slow to come, and a downstream that is away must not hold up the others. */
const prepareTimeoutMs = 10_000;
/** Nothing is in flight any more when a transport closes: it has sockets to end, and no reason to take longer. */
const closePatienceMs = 2_000;

/** The facade: states, and the parts behind them. */
export class PipelineImpl<Tx> implements Pipeline<Tx> {
  readonly recorder: ChangeRecorder<Tx>;
  readonly deadLetters: DeadLetters;
  readonly container: Container;
  readonly #options: PipelineOptions<Tx>;
  readonly #plans: () => ReadPlans;
  readonly #createEngine: () => Engine;
  readonly #health: HealthWatch;
  #engine: Engine | undefined;
  #state: "new" | "running" | "stopped" = "new";
  #sessionOpen = false;
  #stopping: Promise<void> | undefined;
  #examined: Promise<Examination> | undefined;
  #reviewing: Promise<void> | undefined;
  readonly #ending = new AbortController();

  constructor(container: Container, options: PipelineOptions<Tx>, plans: () => ReadPlans, createEngine: () => Engine) {
    this.container = container;
    this.#options = options;
    this.#plans = plans;
    this.#createEngine = createEngine;
    this.#health = new HealthWatch(container.get(TOKENS.EventHub));
    this.recorder = container.get(TOKENS.ChangeRecorder) as ChangeRecorder<Tx>;
    this.deadLetters = {
      list: async (query: DeadLetterQuery = {}) => this.#backlog().deadLetters(query, this.#patience()),
      requeue: async (selection: DeadLetterSelection) => this.#backlog().requeue(selection, this.#patience()),
      discard: async (selection: DeadLetterSelection) => this.#backlog().discard(selection, this.#patience()),
    };
  }

  async migrate(): Promise<MigrationReport> {
    return await this.#session().migrate(AbortSignal.timeout(10 * operatorTimeoutMs));
  }

  async start(): Promise<void> {
    if (this.#state !== "new") throw new SynclineError("pipeline.state", `The pipeline is ${this.#state} already.`);
    refuseWhatCannotWork(this.#options, this.container, await this.#examine());
    if (this.#state !== "new") throw new SynclineError("pipeline.state", `The pipeline is ${this.#state} already.`);
    const isThere = await this.#checkSchema();
    this.#state = "running";
    this.#engine ??= this.#createEngine();
    await this.#loadStrategies(this.#engine);
    if (isThere) await this.#refuseUnreadable(this.#engine);
    this.#engine.start();
    this.#emitter().emit("started", { strategies: this.#engine.strategies });
    // Beside the work: a reading login that cannot be asked now keeps nothing from starting.
    if (this.#options.strategyTable === true) this.#reviewing = this.#tellSurplusRights();
  }

  async stop(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#stop(options.timeoutMs ?? 30_000);
    await this.#stopping;
  }

  async drain(options: { readonly retries?: boolean; readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.#state === "new") await this.start();
    if (this.#engine === undefined || this.#state !== "running") {
      throw new SynclineError("pipeline.state", "The pipeline is stopped.");
    }
    await this.#engine.drain(options.signal ?? new AbortController().signal, options.retries ?? false);
  }

  async status(): Promise<BacklogStatus> {
    return await this.#backlog().status(this.#patience());
  }

  async reviewRights(): Promise<readonly SurplusRight[]> {
    return (await this.#session().reviewRights?.(this.#patience())) ?? [];
  }

  health(): Health {
    return this.#health.of(this.#state, this.#engine?.isPolling ?? false);
  }

  async preview(strategy: string, condition: ConditionInput): Promise<Preview> {
    const found = await this.#strategy(strategy);
    const canonical = canonicalCondition(found.category, condition);
    if (!canonical.ok)
      throw new SynclineError("change.invalid", "The condition does not fit.", { problems: canonical.problems });
    const parts = {
      composer: this.container.get(TOKENS.QueryComposer),
      queryRunner: this.container.get(TOKENS.QueryRunner),
      plans: this.#plans(),
      invoker: this.container.get(TOKENS.SyncInvoker, { name: found.downstream }),
      maxBytes: this.container.get(TOKENS.Tuning).maxItemBytes,
    };
    return previewKey(parts, found, canonical.key, this.#patience());
  }

  async backfill(strategy: string, source: BackfillSource): Promise<number> {
    const { category } = await this.#strategy(strategy);
    const backfill =
      "keys" in source
        ? { strategy, category, keys: source.keys }
        : { strategy, changes: source.conditions.map((condition) => changeOf(category, condition, "upsert")) };
    return await this.#backlog().backfill(backfill, AbortSignal.timeout(60 * operatorTimeoutMs));
  }

  async pause(strategy: string): Promise<void> {
    await this.#backlog().pause((await this.#strategy(strategy)).name, this.#patience());
  }

  async resume(strategy: string): Promise<void> {
    await this.#backlog().resume(strategy, this.#patience());
  }

  on<Event extends PipelineEvent>(event: Event, listener: PipelineListener<Event>): () => void {
    return this.#emitter().on(event, listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(timeoutMs: number): Promise<void> {
    const wasRunning = this.#state === "running";
    this.#state = "stopped";
    this.#ending.abort();
    if (this.#engine !== undefined) {
      const released = await this.#engine.stop(AbortSignal.timeout(timeoutMs));
      // Transports close after the last call, the database after the last settlement.
      await Promise.all(Object.keys(this.#options.downstreams).map((name) => this.#closeTransport(name)));
      if (wasRunning) this.#emitter().emit("stopped", { released });
    }
    await this.#reviewing;
    if (this.#sessionOpen) await this.container.get(TOKENS.DatabaseSession).close();
  }

  /** A transport that does not close, or not in time, keeps neither the others nor the database open. */
  async #closeTransport(name: string): Promise<void> {
    try {
      const closing = this.container.get(TOKENS.SyncInvoker, { name }).close?.() ?? Promise.resolve();
      const closed = await unlessAborted(
        closing.then(() => true),
        AbortSignal.timeout(closePatienceMs),
      );
      if (closed) return;
      throw new SynclineError(
        "operation.aborted",
        `The transport of "${name}" did not close within ${closePatienceMs} ms.`,
      );
    } catch (error) {
      this.#emitter().emit("error", { during: "close", error });
    }
  }

  #examine(): Promise<Examination> {
    this.#examined ??= examine(this.#options, AbortSignal.timeout(prepareTimeoutMs));
    return this.#examined;
  }

  /** Whether the database is there. */
  async #checkSchema(): Promise<boolean> {
    try {
      const problem = await this.#session().checkSchema(this.#patience());
      if (problem !== undefined) throw new SynclineError("database.schema", problem);
      return true;
    } catch (error) {
      // A database that is away now comes back: the worker waits for it. A wrong schema does not mend itself.
      if (!isSynclineError(error) || !error.retryable) throw error;
      this.#emitter().emit("error", { during: "start", error });
      return false;
    }
  }

  async #loadStrategies(engine: Engine): Promise<void> {
    try {
      await engine.loadStrategies(this.#patience());
    } catch (error) {
      if (!isSynclineError(error) || !error.retryable) throw error;
      this.#emitter().emit("error", { during: "load strategies", error });
    }
  }

  /**
   * What the database says of the keys of strategies in code: a column that can be no key stops the
   * start.
   */
  async #refuseUnreadable(engine: Engine): Promise<void> {
    const inCode = (this.#options.strategies ?? []).flatMap(({ name }) => engine.strategy(name) ?? []);
    const problems = await describeStrategies(this.#plans(), inCode, this.#patience());
    if (problems.length === 0) return;
    this.#state = "new";
    throw new SynclineError("strategy.invalid", "Strategies cannot work as they are.", { problems });
  }

  async #tellSurplusRights(): Promise<void> {
    try {
      const found = await this.#session().reviewRights?.(AbortSignal.any([this.#ending.signal, this.#patience()]));
      const rights = found?.filter(({ severity }) => severity === "danger") ?? [];
      if (rights.length > 0) this.#emitter().emit("surplusRights", { rights });
    } catch (error) {
      if (!this.#ending.signal.aborted) this.#emitter().emit("error", { during: "review rights", error });
    }
  }

  /** A strategy in force; before `start`, the stores are asked. */
  async #strategy(name: string): Promise<Strategy> {
    refuseOptions(await this.#examine());
    this.#engine ??= this.#createEngine();
    if (this.#state !== "running") await this.#engine.loadStrategies(this.#patience());
    const strategy = this.#engine.strategy(name);
    if (strategy !== undefined) return strategy;
    const known = this.#engine.strategies.join(", ") || "none";
    throw new SynclineError(
      "strategy.unknown",
      `There is no strategy "${name}" in working order; there are: ${known}.`,
    );
  }

  #session() {
    if (this.#state === "stopped") throw new SynclineError("pipeline.state", "The pipeline is stopped.");
    this.#sessionOpen = true;
    return this.container.get(TOKENS.DatabaseSession);
  }

  #backlog() {
    this.#session();
    return this.container.get(TOKENS.BacklogStore);
  }

  #emitter() {
    return this.container.get(TOKENS.EventHub);
  }

  #patience(): AbortSignal {
    return AbortSignal.timeout(operatorTimeoutMs);
  }
}
