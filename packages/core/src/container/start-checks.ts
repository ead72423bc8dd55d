import type { Container } from "inversify";
import type { SurplusRight } from "../contracts/database-adapter.ts";
import type { DiagnosisRequest, Finding } from "../contracts/diagnosis.ts";
import type { Engine } from "../engine/engine.ts";
import type { ReadPlans } from "../engine/read/read-plans.ts";
import type { CategoryDefinition } from "../model/category-definition.ts";
import { isSynclineError, SynclineError } from "../model/errors.ts";
import { type Problem, placeIn } from "../model/problem.ts";
import { unlessAborted } from "../transport-kit/unless-aborted.ts";
import { refuseWhatCannotWork } from "./check-code-strategies.ts";
import { checkPipeline } from "./check-pipeline.ts";
import { sourcesProblems } from "./check-sources.ts";
import { describeStrategies, onceOfReader } from "./describe-strategies.ts";
import type { EngineHolder } from "./engine-holder.ts";
import { type Lifecycle, operatorMs, type StartStep } from "./lifecycle.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { TOKENS } from "./tokens.ts";

/** What is stranded is told by then, or beside the work. */
const strandedMs = 2_000;

/** All that may keep a pipeline from starting: at the first fault, or all of them at once. */
export class StartChecks<Tx> {
  readonly #container: Container;
  readonly #options: PipelineOptions<Tx>;
  readonly #lifecycle: Lifecycle;
  readonly #engine: EngineHolder<Tx>;
  readonly #plans: () => ReadPlans;

  constructor(
    container: Container,
    options: PipelineOptions<Tx>,
    lifecycle: Lifecycle,
    engine: EngineHolder<Tx>,
    plans: () => ReadPlans,
  ) {
    this.#container = container;
    this.#options = options;
    this.#lifecycle = lifecycle;
    this.#engine = engine;
    this.#plans = plans;
  }

  /** Step by step, up to the first fault. */
  async prepare(step: StartStep): Promise<void> {
    refuseWhatCannotWork(this.#options, this.#container, await step(() => this.#engine.examine()));
    const engine = this.#engine.open();
    const isThere = await step((stopping) => this.#checkSchema(engine, limited(stopping)));
    await step((stopping) => this.#loadStrategies(engine, limited(stopping)));
    this.#refuseShadowsOfNothing(engine);
    if (isThere) await step((stopping) => this.#refuseUnfitSources(limited(stopping)));
    if (isThere) await step((stopping) => this.#refuseUnreadable(engine, limited(stopping)));
    if (isThere) await step(() => unlessAborted(engine.strandedWatch.look(), AbortSignal.timeout(strandedMs)));
  }

  /** Every fault. */
  async all(signal: AbortSignal): Promise<readonly Problem[]> {
    const engine = this.#engine.open();
    const { sources } = this.#session;
    return await checkPipeline({
      examine: async () => {
        refuseWhatCannotWork(this.#options, this.#container, await this.#engine.examine());
        return [];
      },
      schema: async () => {
        const problem = await this.#session.checkSchema(signal);
        return problem === undefined ? [] : [{ at: "database", message: problem }];
      },
      load: async () => {
        await engine.loadStrategies(signal);
        return [...engine.troubles.invalid, ...engine.troubles.categories];
      },
      sources: async () => (sources === undefined ? [] : sourcesProblems(sources, this.#categories, signal)),
      describe: (failed) => {
        const inForce = engine.strategies.flatMap((name) => engine.strategy(name) ?? []);
        return describeStrategies(this.#plans(), inForce, signal, failed, (name, option) =>
          placeOf(engine, name, option),
        );
      },
      placeOf: (name, option) => placeOf(engine, name, option),
    });
  }

  /** Beside the work: a reading login that cannot be asked now keeps nothing from starting. */
  async tellSurplusRights(): Promise<void> {
    const { stopping } = this.#lifecycle;
    try {
      const found = await unlessAborted(this.surplusRights(limited(stopping)), stopping);
      const rights = found?.filter(({ severity }) => severity === "danger") ?? [];
      if (rights.length > 0) this.#hub.emit("surplusRights", { rights });
    } catch (error) {
      if (!stopping.aborted) this.#hub.emit("error", { during: "review rights", error });
    }
  }

  async surplusRights(signal: AbortSignal): Promise<readonly SurplusRight[]> {
    return (await this.#session.reviewRights?.(signal)) ?? [];
  }

  /** What the adapter cannot look at is told as not looked at, and never as well. */
  async diagnose(request: DiagnosisRequest, signal: AbortSignal): Promise<readonly Finding[]> {
    const { diagnosis } = this.#session;
    if (diagnosis !== undefined) return await diagnosis.examine(request, signal);
    const message =
      "Its adapter looks at nothing: version, drift, clock, rights, upkeep and settings are not checked here.";
    return [{ check: "database", level: "unknown", at: "the database", message }];
  }

  /** Whether the database is there. */
  async #checkSchema(engine: Engine, signal: AbortSignal): Promise<boolean> {
    try {
      const problem = await this.#session.checkSchema(signal);
      if (problem !== undefined) throw new SynclineError("database.schema", problem);
      return true;
    } catch (error) {
      // As in mid-run: a database that is away, or lets nobody in, is waited for. A wrong schema
      // stops the start.
      if (!this.#isWaitedFor(error)) throw error;
      this.#hub.emit("error", { during: "start", error });
      engine.stall(error);
      return false;
    }
  }

  async #loadStrategies(engine: Engine, signal: AbortSignal): Promise<void> {
    try {
      await engine.loadStrategies(signal);
    } catch (error) {
      if (!this.#isWaitedFor(error)) throw error;
      this.#hub.emit("error", { during: "load strategies", error });
    }
  }

  /** Of strategies in code, what no strategy alone could show. */
  #refuseShadowsOfNothing(engine: Engine): void {
    const inCode = new Set(this.#options.strategies?.map(({ name }) => name));
    const problems = engine.troubles.invalid
      .filter(({ name }) => inCode.has(name))
      .flatMap(({ name, problems: own }) => own.map(({ at, message }) => ({ at: `strategies.${name}.${at}`, message })))
      .filter(({ at }) => at.endsWith(".shadowOf"));
    if (problems.length > 0)
      throw new SynclineError("strategy.invalid", "Strategies cannot work as they are.", { problems });
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
    const tell = (error: unknown) => this.#hub.emit("error", { during: "check how strategies are read", error });
    const problems = await describeStrategies(this.#plans(), inCode, signal, onceOfReader(tell));
    if (problems.length === 0) return;
    throw new SynclineError("strategy.invalid", "Strategies cannot work as they are.", { problems });
  }

  /**
   * A key of another type than its column's would never be found. Categories of stores stop no
   * start, as their strategies do not.
   */
  async #refuseUnfitSources(signal: AbortSignal): Promise<void> {
    const { sources } = this.#session;
    if (sources === undefined) return;
    try {
      const problems = await sourcesProblems(sources, this.#options.categories, signal);
      if (problems.length > 0)
        throw new SynclineError("category.invalid", "Sources of categories are not as the database has them.", {
          problems,
        });
    } catch (error) {
      if (!this.#isWaitedFor(error)) throw error;
      this.#hub.emit("error", { during: "check sources", error });
    }
  }

  get #session() {
    return this.#container.get(TOKENS.DatabaseSession);
  }

  get #hub() {
    return this.#container.get(TOKENS.EventHub);
  }

  get #categories(): readonly CategoryDefinition[] {
    return [...this.#container.get(TOKENS.Dictionary).values()];
  }
}

/** A file tells file, line and column, a table its row. */
function placeOf(engine: Engine, name: string, option: string): string {
  const origin = engine.origin(name);
  if (origin?.place !== undefined) return origin.place(option);
  return placeIn(origin?.source ?? `strategies.${name}`, option);
}

function limited(stopping: AbortSignal): AbortSignal {
  return AbortSignal.any([stopping, AbortSignal.timeout(operatorMs)]);
}
