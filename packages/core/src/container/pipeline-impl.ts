import type { Container } from "inversify";
import type { OperatorNote } from "../contracts/audit-log.ts";
import type { ChangeRecorder } from "../contracts/change-recorder.ts";
import type { MigrationReport, SurplusRight } from "../contracts/database-adapter.ts";
import type { DiagnosisRequest, Finding } from "../contracts/diagnosis.ts";
import type { StrategyHistoryQuery, StrategyVersion } from "../contracts/strategy-history.ts";
import type { Engine } from "../engine/engine.ts";
import type { PipelineEvent, PipelineListener } from "../engine/events.ts";
import type { WorkObserver } from "../engine/observer.ts";
import type { ReadPlans } from "../engine/read/read-plans.ts";
import type { StopTime } from "../engine/stop-time.ts";
import type { ConditionInput } from "../model/category-definition.ts";
import { canonicalCondition } from "../model/condition.ts";
import { SynclineError } from "../model/errors.ts";
import type { Problem } from "../model/problem.ts";
import { listVersions } from "./audit-operator.ts";
import type { Backfills } from "./backfill/backfills.ts";
import { BacklogOperator } from "./backlog-operator.ts";
import { captureOperator } from "./capture-operator.ts";
import { definitionOperator } from "./definition-operator.ts";
import { EngineHolder } from "./engine-holder.ts";
import type { KeyReport } from "./explain-key.ts";
import { type Health, HealthWatch } from "./health.ts";
import { Lifecycle, operatorMs, type PipelineState } from "./lifecycle.ts";
import { Opened } from "./opened.ts";
import type {
  Audit,
  BackfillSource,
  Capture,
  CategorySummary,
  DeadLetters,
  Definitions,
  LaneStatus,
  Pipeline,
  PipelineStatus,
  Stranded,
  StrategySummary,
} from "./pipeline.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { type Preview, previewKey } from "./preview.ts";
import { type ShadowReport, shadowReport } from "./shadow-report.ts";
import { StartChecks } from "./start-checks.ts";
import { TOKENS } from "./tokens.ts";

const stopMs = 30_000;
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
  readonly audit: Audit;
  readonly definitions: Definitions;
  readonly backfills: Backfills;
  readonly container: Container;
  readonly #options: PipelineOptions<Tx>;
  readonly #parts: PipelineParts;
  readonly #lifecycle = new Lifecycle();
  readonly #opened: Opened;
  readonly #engine: EngineHolder<Tx>;
  readonly #checks: StartChecks<Tx>;
  readonly #operator: BacklogOperator<Tx>;
  readonly #health: HealthWatch;

  constructor(container: Container, options: PipelineOptions<Tx>, parts: PipelineParts) {
    this.container = container;
    this.#options = options;
    this.#parts = parts;
    this.#opened = new Opened(container);
    this.#engine = new EngineHolder(container, options, this.#lifecycle, () => parts.createEngine(this.#opened));
    this.#checks = new StartChecks(container, options, this.#lifecycle, this.#engine, parts.plans);
    this.#operator = new BacklogOperator(container, this.#lifecycle, this.#engine);
    this.#health = new HealthWatch(container.get(TOKENS.EventHub));
    this.recorder = container.get(TOKENS.ChangeRecorder) as ChangeRecorder<Tx>;
    this.deadLetters = this.#operator.deadLetters;
    this.stranded = this.#operator.stranded;
    this.audit = this.#operator.audit;
    this.backfills = this.#operator.backfills;
    const { plans } = parts;
    this.definitions = definitionOperator({
      ...{ container, options, plans, lifecycle: this.#lifecycle, engine: this.#engine },
    });
    this.capture = captureOperator({
      during: (work) => this.#lifecycle.during(operatorMs, work),
      dictionary: () => container.get(TOKENS.Dictionary),
      capture: () => this.#session().capture,
    });
  }

  async migrate(): Promise<MigrationReport> {
    return await this.#lifecycle.during(10 * operatorMs, (signal) => this.#session().migrate(signal));
  }

  async check(): Promise<readonly Problem[]> {
    return await this.#lifecycle.during(operatorMs, (signal) => this.#checks.all(signal));
  }

  async start(): Promise<void> {
    await this.#lifecycle.start(
      (step) => this.#checks.prepare(step),
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
    await this.#engine.open().drain(options.signal ?? new AbortController().signal, options.retries ?? false);
  }

  status(): Promise<PipelineStatus> {
    return this.#operator.status();
  }

  async strategies(): Promise<readonly StrategySummary[]> {
    return await this.#lifecycle.during(operatorMs, async (signal) => {
      const engine = await this.#engine.loaded(signal);
      return engine.strategies
        .flatMap((name) => engine.strategy(name) ?? [])
        .map(({ name, category, downstream, mode, shadowOf }) => ({
          ...{ name, category: category.name, downstream, mode },
          ...(shadowOf === undefined ? {} : { shadowOf }),
        }))
        .sort((one, other) => (one.name < other.name ? -1 : 1));
    });
  }

  async categories(): Promise<readonly CategorySummary[]> {
    return await this.#lifecycle.during(operatorMs, async (signal) => {
      const engine = await this.#engine.loaded(signal);
      return engine.categories
        .map(({ category: { name, fields, source }, source: definedIn = "code" }) => ({
          ...{ name, fields, definedIn },
          ...(source === undefined ? {} : { source }),
        }))
        .sort((one, other) => (one.name < other.name ? -1 : 1));
    });
  }

  async reviewRights(): Promise<readonly SurplusRight[]> {
    return await this.#lifecycle.during(operatorMs, (signal) => this.#checks.surplusRights(signal));
  }

  async diagnose(request: DiagnosisRequest = {}): Promise<readonly Finding[]> {
    return await this.#lifecycle.during(operatorMs, (signal) => this.#checks.diagnose(request, signal));
  }

  health(): Health {
    return this.#health.of(this.#lifecycle.state, this.#engine.made);
  }

  async preview(strategy: string, condition: ConditionInput): Promise<Preview> {
    return await this.#lifecycle.during(operatorMs, async (signal) => {
      const found = await this.#engine.strategy(strategy, signal);
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

  async shadow(strategy: string): Promise<ShadowReport> {
    return await this.#lifecycle.during(operatorMs, async (signal) => {
      const found = await this.#engine.strategy(strategy, signal);
      const engine = this.#engine.open();
      const sampled = engine.shadow(strategy);
      if (sampled === undefined)
        throw new SynclineError("strategy.unknown", `The strategy "${strategy}" is no shadow: it is live.`);
      return shadowReport(found, sampled, {
        invokerOf: (downstream) => this.#opened.invoker(downstream),
        faults: this.container.get(TOKENS.Faults),
        strategy: (name) => engine.strategy(name),
      });
    });
  }

  strategyHistory(strategy: string, query: StrategyHistoryQuery = {}): Promise<readonly StrategyVersion[]> {
    return this.#lifecycle.during(operatorMs, (signal) =>
      listVersions(this.#session().strategyHistory, strategy, query, signal),
    );
  }

  explain(category: string, condition: ConditionInput): Promise<KeyReport> {
    return this.#operator.explain(category, condition);
  }

  backfill(strategy: string, source?: BackfillSource, by?: OperatorNote): Promise<number> {
    return this.#operator.backfill(strategy, source, by);
  }

  pause(strategy: string, by?: OperatorNote): Promise<void> {
    return this.#operator.pause(strategy, by);
  }

  resume(strategy: string, by?: OperatorNote): Promise<void> {
    return this.#operator.resume(strategy, by);
  }

  lanes(): readonly LaneStatus[] {
    return this.#engine.made?.lanes ?? [];
  }

  observe(observer: WorkObserver): () => void {
    return this.#hub().observers.add(observer);
  }

  on<Event extends PipelineEvent>(event: Event, listener: PipelineListener<Event>): () => void {
    return this.#hub().on(event, listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** At once: from here on the pipeline runs. */
  #begin(): void {
    const engine = this.#engine.open();
    engine.start();
    this.#hub().emit("started", { strategies: engine.strategies });
    if (this.#options.strategyTable === true) void this.#checks.tellSurplusRights();
  }

  /**
   * Calls first, then operators' commands; transports close after the last call, the database after
   * the last settlement.
   */
  async #finish(time: StopTime, before: PipelineState): Promise<void> {
    const { released, unsettled } = (await this.#engine.made?.stop(time)) ?? { released: 0, unsettled: 0 };
    if (unsettled > 0) this.#hub().emit("error", { during: "stop", error: leftLeased(unsettled) });
    await this.#lifecycle.operationsEnded();
    await this.#opened.closeInvokers(time.grace(transportsMs));
    if (before === "running") this.#hub().emit("stopped", { released, unsettled });
    await this.#opened.closeSession(time.grace(databaseMs));
  }

  #session() {
    return this.container.get(TOKENS.DatabaseSession);
  }

  #hub() {
    return this.container.get(TOKENS.EventHub);
  }
}

function leftLeased(count: number): SynclineError {
  return new SynclineError(
    "operation.aborted",
    `${count} deliveries were still under way at the deadline. Nothing is lost: they go out again when their leases have ended.`,
  );
}
