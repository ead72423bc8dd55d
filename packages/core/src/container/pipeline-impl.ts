import type { Container } from "inversify";
import type { BacklogStore, DeadLetterQuery, DeadLetterSelection } from "../contracts/backlog-store.ts";
import type { ChangeRecorder } from "../contracts/change-recorder.ts";
import type { MigrationReport, SurplusRight } from "../contracts/database-adapter.ts";
import type { Engine } from "../engine/engine.ts";
import type { PipelineEvent, PipelineListener } from "../engine/events.ts";
import type { ReadPlans } from "../engine/read/read-plans.ts";
import type { StopTime } from "../engine/stop-time.ts";
import { changeOf } from "../model/category.ts";
import type { CategoryDefinition, ConditionInput } from "../model/category-definition.ts";
import { canonicalCondition } from "../model/condition.ts";
import { isSynclineError, SynclineError } from "../model/errors.ts";
import type { Problem } from "../model/problem.ts";
import type { Strategy } from "../model/strategy.ts";
import { unlessAborted } from "../transport-kit/unless-aborted.ts";
import { captureOperator } from "./capture-operator.ts";
import { type Examination, Examiner, refuseOptions, refuseWhatCannotWork } from "./check-code-strategies.ts";
import { checkPipeline } from "./check-pipeline.ts";
import { allKeys, sourcesProblems } from "./check-sources.ts";
import { describeStrategies, onceOfReader } from "./describe-strategies.ts";
import { explainKey, type KeyReport } from "./explain-key.ts";
import { type Health, HealthWatch } from "./health.ts";
import { Lifecycle, type PipelineState, type StartStep } from "./lifecycle.ts";
import { Opened } from "./opened.ts";
import type {
  BackfillSource,
  Capture,
  DeadLetters,
  Pipeline,
  PipelineStatus,
  Stranded,
  StrategySummary,
} from "./pipeline.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { type Preview, previewKey } from "./preview.ts";
import { StrandedOperator } from "./stranded-operator.ts";
import { TOKENS } from "./tokens.ts";

const operatorMs = 60_000;
/**
 * Schemas that a downstream itself gives may be slow to come, and a downstream that is away must
 * not hold up the others.
 */
const prepareMs = 10_000;
const stopMs = 30_000;
/** What is stranded is told by then, or beside the work. */
const strandedMs = 2_000;
/**
 * After a stop's deadline, when all that was under way has ended or was left: for transports to
 * close, and then the database.
 */
const transportsMs = 150;
const databaseMs = 150;

/** What the facade is made of. */
export interface PipelineParts {
  readonly plans: () => ReadPlans;
  readonly createEngine: (opened: Opened) => Engine;
}

/** The facade: states, and the parts behind them. */
export class PipelineImpl<Tx> implements Pipeline<Tx> {
  readonly recorder: ChangeRecorder<Tx>;
  readonly deadLetters: DeadLetters;
  readonly stranded: Stranded;
  readonly capture: Capture;
  readonly container: Container;
  readonly #options: PipelineOptions<Tx>;
  readonly #parts: PipelineParts;
  readonly #lifecycle = new Lifecycle();
  readonly #opened: Opened;
  readonly #examiner: Examiner<Tx>;
  readonly #health: HealthWatch;
  readonly #strandedOperator: StrandedOperator;
  #engine: Engine | undefined;

  constructor(container: Container, options: PipelineOptions<Tx>, parts: PipelineParts) {
    this.container = container;
    this.#options = options;
    this.#parts = parts;
    this.#opened = new Opened(container);
    this.#examiner = new Examiner(options, container.get(TOKENS.Faults));
    this.#health = new HealthWatch(container.get(TOKENS.EventHub));
    this.recorder = container.get(TOKENS.ChangeRecorder) as ChangeRecorder<Tx>;
    this.deadLetters = {
      list: (query: DeadLetterQuery = {}) => this.#onBacklog((backlog, signal) => backlog.deadLetters(query, signal)),
      requeue: (selection: DeadLetterSelection) =>
        this.#onBacklog((backlog, signal) => backlog.requeue(selection, signal)),
      discard: (selection: DeadLetterSelection) =>
        this.#onBacklog((backlog, signal) => backlog.discard(selection, signal)),
    };
    this.capture = captureOperator({
      during: (work) => this.#lifecycle.during(operatorMs, work),
      dictionary: () => container.get(TOKENS.Dictionary),
      capture: () => this.#session().capture,
    });
    this.#strandedOperator = new StrandedOperator({
      work: () => this.#session().strandedWork,
      backlog: () => this.#backlog(),
      store: () => container.get(TOKENS.StrategyStore),
      engine: () => this.#engine,
    });
    this.stranded = {
      list: () => this.#lifecycle.during(operatorMs, (signal) => this.#strandedOperator.list(signal)),
      move: (strategy, { to, held = false }) =>
        this.#lifecycle.during(60 * operatorMs, async (signal) =>
          this.#strandedOperator.move(strategy, await this.#strategy(to, signal), held, signal),
        ),
      discard: (strategy, { held = false } = {}) =>
        this.#lifecycle.during(60 * operatorMs, (signal) => this.#strandedOperator.discard(strategy, held, signal)),
    };
  }

  async migrate(): Promise<MigrationReport> {
    return await this.#lifecycle.during(10 * operatorMs, (signal) => this.#session().migrate(signal));
  }

  async check(): Promise<readonly Problem[]> {
    return await this.#lifecycle.during(operatorMs, async (signal) => {
      const engine = this.#openEngine();
      const { sources } = this.#session();
      return await checkPipeline({
        examine: async () => {
          refuseWhatCannotWork(this.#options, this.container, await this.#examine());
          return [];
        },
        schema: async () => {
          const problem = await this.#session().checkSchema(signal);
          return problem === undefined ? [] : [{ at: "database", message: problem }];
        },
        load: async () => {
          await engine.loadStrategies(signal);
          return engine.troubles.invalid;
        },
        sources: async () => (sources === undefined ? [] : sourcesProblems(sources, this.#categories(), signal)),
        describe: (failed) => {
          const inForce = engine.strategies.flatMap((name) => engine.strategy(name) ?? []);
          return describeStrategies(this.#parts.plans(), inForce, signal, failed);
        },
      });
    });
  }

  async start(): Promise<void> {
    await this.#lifecycle.start(
      (step) => this.#prepare(step),
      () => this.#begin(),
    );
  }

  async stop(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    await this.#lifecycle.stop(options.timeoutMs ?? stopMs, (time, before) => this.#finish(time, before));
  }

  async drain(options: { readonly retries?: boolean; readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.#lifecycle.state === "new") await this.start();
    else if (this.#lifecycle.state === "starting") await this.#lifecycle.started;
    this.#lifecycle.refuseStopped();
    await this.#openEngine().drain(options.signal ?? new AbortController().signal, options.retries ?? false);
  }

  async status(): Promise<PipelineStatus> {
    return await this.#onBacklog(async (backlog, signal) => {
      const status = await backlog.status(signal);
      try {
        return await this.#strandedOperator.mark(status, signal);
      } catch (error) {
        this.#emitter().emit("error", { during: "look for stranded work", error });
        return status;
      }
    });
  }

  async strategies(): Promise<readonly StrategySummary[]> {
    return await this.#lifecycle.during(operatorMs, async (signal) => {
      const engine = await this.#loaded(signal);
      return engine.strategies
        .flatMap((name) => engine.strategy(name) ?? [])
        .map(({ name, category, downstream }) => ({ name, category: category.name, downstream }))
        .sort((one, other) => (one.name < other.name ? -1 : 1));
    });
  }

  async reviewRights(): Promise<readonly SurplusRight[]> {
    return await this.#lifecycle.during(operatorMs, (signal) => this.#surplusRights(signal));
  }

  health(): Health {
    return this.#health.of(this.#lifecycle.state, this.#engine);
  }

  async preview(strategy: string, condition: ConditionInput): Promise<Preview> {
    return await this.#lifecycle.during(operatorMs, async (signal) => {
      const found = await this.#strategy(strategy, signal);
      const canonical = canonicalCondition(found.category, condition);
      if (!canonical.ok)
        throw new SynclineError("change.invalid", "The condition does not fit.", { problems: canonical.problems });
      const parts = {
        composer: this.container.get(TOKENS.QueryComposer),
        queryRunner: this.container.get(TOKENS.QueryRunner),
        plans: this.#parts.plans(),
        invoker: this.#opened.invoker(found.downstream),
        faults: this.container.get(TOKENS.Faults),
        maxBytes: this.container.get(TOKENS.Tuning).maxItemBytes,
      };
      return await previewKey(parts, found, canonical.key, signal);
    });
  }

  async explain(category: string, condition: ConditionInput): Promise<KeyReport> {
    return await this.#lifecycle.during(operatorMs, async (signal) => {
      const found = this.container.get(TOKENS.Dictionary).get(category);
      if (found === undefined)
        throw new SynclineError("config.invalid", `The category "${category}" is not in the data dictionary.`);
      const engine = await this.#loaded(signal);
      return await explainKey(this.#backlog(), found, condition, engine.strategiesOf(category), signal);
    });
  }

  async backfill(strategy: string, source?: BackfillSource): Promise<number> {
    return await this.#lifecycle.during(60 * operatorMs, async (signal) => {
      const { category } = await this.#strategy(strategy, signal);
      const given = source ?? { keys: await allKeys(this.#session().sources, category, signal) };
      const backfill =
        "keys" in given
          ? { strategy, category, keys: given.keys }
          : { strategy, changes: given.conditions.map((condition) => changeOf(category, condition, "upsert")) };
      return await this.#backlog().backfill(backfill, signal);
    });
  }

  async pause(strategy: string): Promise<void> {
    await this.#lifecycle.during(operatorMs, async (signal) => {
      await this.#backlog().pause((await this.#strategy(strategy, signal)).name, signal);
    });
  }

  async resume(strategy: string): Promise<void> {
    await this.#onBacklog((backlog, signal) => backlog.resume(strategy, signal));
  }

  on<Event extends PipelineEvent>(event: Event, listener: PipelineListener<Event>): () => void {
    return this.#emitter().on(event, listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** All that may keep a pipeline from starting. */
  async #prepare(step: StartStep): Promise<void> {
    refuseWhatCannotWork(this.#options, this.container, await step(() => this.#examine()));
    const engine = this.#openEngine();
    const isThere = await step((stopping) => this.#checkSchema(engine, limited(stopping)));
    await step((stopping) => this.#loadStrategies(engine, limited(stopping)));
    if (isThere) await step((stopping) => this.#refuseUnfitSources(limited(stopping)));
    if (isThere) await step((stopping) => this.#refuseUnreadable(engine, limited(stopping)));
    if (isThere) await step(() => unlessAborted(engine.strandedWatch.look(), AbortSignal.timeout(strandedMs)));
  }

  /** At once: from here on the pipeline runs. */
  #begin(): void {
    const engine = this.#openEngine();
    engine.start();
    this.#emitter().emit("started", { strategies: engine.strategies });
    // Beside the work: a reading login that cannot be asked now keeps nothing from starting.
    if (this.#options.strategyTable === true) void this.#tellSurplusRights();
  }

  /**
   * Calls first, then operators' commands; transports close after the last call, the database after
   * the last settlement.
   */
  async #finish(time: StopTime, before: PipelineState): Promise<void> {
    const { released, unsettled } = (await this.#engine?.stop(time)) ?? { released: 0, unsettled: 0 };
    if (unsettled > 0) this.#emitter().emit("error", { during: "stop", error: leftLeased(unsettled) });
    await this.#lifecycle.operationsEnded();
    await this.#opened.closeInvokers(time.grace(transportsMs));
    if (before === "running") this.#emitter().emit("stopped", { released, unsettled });
    await this.#opened.closeSession(time.grace(databaseMs));
  }

  #examine(): Promise<Examination> {
    return this.#examiner.examine(AbortSignal.any([this.#lifecycle.stopping, AbortSignal.timeout(prepareMs)]));
  }

  /** Whether the database is there. */
  async #checkSchema(engine: Engine, signal: AbortSignal): Promise<boolean> {
    try {
      const problem = await this.#session().checkSchema(signal);
      if (problem !== undefined) throw new SynclineError("database.schema", problem);
      return true;
    } catch (error) {
      // As in mid-run: a database that is away, or lets nobody in, is waited for. A wrong schema
      // stops the start.
      if (!this.#isWaitedFor(error)) throw error;
      this.#emitter().emit("error", { during: "start", error });
      engine.stall(error);
      return false;
    }
  }

  async #loadStrategies(engine: Engine, signal: AbortSignal): Promise<void> {
    try {
      await engine.loadStrategies(signal);
    } catch (error) {
      if (!this.#isWaitedFor(error)) throw error;
      this.#emitter().emit("error", { during: "load strategies", error });
    }
  }

  /** A time limit that ends it is the database's, too: its tables may be locked. */
  #isWaitedFor(error: unknown): boolean {
    if (!isSynclineError(error)) return false;
    return error.retryable || (error.code === "operation.aborted" && !this.#lifecycle.stopping.aborted);
  }

  /**
   * What the database says of the keys of strategies in code: a column that can be no key stops the
   * start.
   */
  async #refuseUnreadable(engine: Engine, signal: AbortSignal): Promise<void> {
    const inCode = (this.#options.strategies ?? []).flatMap(({ name }) => engine.strategy(name) ?? []);
    const tell = (error: unknown) => this.#emitter().emit("error", { during: "check how strategies are read", error });
    const problems = await describeStrategies(this.#parts.plans(), inCode, signal, onceOfReader(tell));
    if (problems.length === 0) return;
    throw new SynclineError("strategy.invalid", "Strategies cannot work as they are.", { problems });
  }

  /** A key of another type than its column's would never be found. */
  async #refuseUnfitSources(signal: AbortSignal): Promise<void> {
    const { sources } = this.#session();
    if (sources === undefined) return;
    try {
      const problems = await sourcesProblems(sources, this.#categories(), signal);
      if (problems.length > 0)
        throw new SynclineError("category.invalid", "Sources of categories are not as the database has them.", {
          problems,
        });
    } catch (error) {
      if (!this.#isWaitedFor(error)) throw error;
      this.#emitter().emit("error", { during: "check sources", error });
    }
  }

  async #tellSurplusRights(): Promise<void> {
    const { stopping } = this.#lifecycle;
    try {
      const found = await unlessAborted(this.#surplusRights(limited(stopping)), stopping);
      const rights = found?.filter(({ severity }) => severity === "danger") ?? [];
      if (rights.length > 0) this.#emitter().emit("surplusRights", { rights });
    } catch (error) {
      if (!stopping.aborted) this.#emitter().emit("error", { during: "review rights", error });
    }
  }

  async #surplusRights(signal: AbortSignal): Promise<readonly SurplusRight[]> {
    return (await this.#session().reviewRights?.(signal)) ?? [];
  }

  /** With the strategies in force; before `start`, the stores are asked. */
  async #loaded(signal: AbortSignal): Promise<Engine> {
    refuseOptions(await this.#examine());
    const engine = this.#openEngine();
    if (this.#lifecycle.state !== "running") await engine.loadStrategies(signal);
    return engine;
  }

  async #strategy(name: string, signal: AbortSignal): Promise<Strategy> {
    const engine = await this.#loaded(signal);
    const strategy = engine.strategy(name);
    if (strategy !== undefined) return strategy;
    this.#lifecycle.refuseStopped();
    if (engine.disabled.includes(name))
      throw new SynclineError("strategy.unknown", `The strategy "${name}" is disabled: its row says enabled = false.`);
    const known = engine.strategies.join(", ") || "none";
    throw new SynclineError(
      "strategy.unknown",
      `There is no strategy "${name}" in working order; there are: ${known}.`,
    );
  }

  /** Not once the pipeline stops: what is made then would be stopped by nobody. */
  #openEngine(): Engine {
    this.#lifecycle.refuseStopped();
    this.#engine ??= this.#parts.createEngine(this.#opened);
    return this.#engine;
  }

  #session() {
    return this.container.get(TOKENS.DatabaseSession);
  }

  #categories(): readonly CategoryDefinition[] {
    return [...this.container.get(TOKENS.Dictionary).values()];
  }

  #backlog(): BacklogStore {
    return this.container.get(TOKENS.BacklogStore);
  }

  async #onBacklog<Value>(work: (backlog: BacklogStore, signal: AbortSignal) => Promise<Value>): Promise<Value> {
    return await this.#lifecycle.during(operatorMs, (signal) => work(this.#backlog(), signal));
  }

  #emitter() {
    return this.container.get(TOKENS.EventHub);
  }
}

function limited(stopping: AbortSignal): AbortSignal {
  return AbortSignal.any([stopping, AbortSignal.timeout(operatorMs)]);
}

function leftLeased(count: number): SynclineError {
  return new SynclineError(
    "operation.aborted",
    `${count} deliveries were still under way at the deadline. Nothing is lost: they go out again when their leases have ended.`,
  );
}
