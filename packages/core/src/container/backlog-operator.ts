import type { Container } from "inversify";
import type { OperatorNote } from "../contracts/audit-log.ts";
import type { BacklogStore } from "../contracts/backlog-store.ts";
import { changeOf } from "../model/category.ts";
import type { ConditionInput } from "../model/category-definition.ts";
import { SynclineError } from "../model/errors.ts";
import { listAudit } from "./audit-operator.ts";
import { BackfillOperator } from "./backfill/backfill-operator.ts";
import type { Backfills } from "./backfill/backfills.ts";
import { allKeys } from "./check-sources.ts";
import { deadLetterOperator } from "./dead-letter-operator.ts";
import type { EngineHolder } from "./engine-holder.ts";
import { explainKey, type KeyReport } from "./explain-key.ts";
import { type Lifecycle, operatorMs } from "./lifecycle.ts";
import { operatorRecord } from "./operator-record.ts";
import type { Audit, BackfillSource, DeadLetters, PipelineStatus, Stranded } from "./pipeline.ts";
import { StrandedOperator } from "./stranded-operator.ts";
import { TOKENS } from "./tokens.ts";

/** What operators see of the backlog, and do with it. */
export class BacklogOperator<Tx> {
  readonly deadLetters: DeadLetters;
  readonly stranded: Stranded;
  readonly audit: Audit;
  readonly backfills: Backfills;
  readonly #container: Container;
  readonly #lifecycle: Lifecycle;
  readonly #engine: EngineHolder<Tx>;
  readonly #strandedOperator: StrandedOperator;

  constructor(container: Container, lifecycle: Lifecycle, engine: EngineHolder<Tx>) {
    this.#container = container;
    this.#lifecycle = lifecycle;
    this.#engine = engine;
    const operator = new StrandedOperator({
      work: () => this.#session().strandedWork,
      backlog: () => this.#backlog(),
      store: () => container.get(TOKENS.StrategyStore),
      engine: () => engine.made,
    });
    this.#strandedOperator = operator;
    this.deadLetters = deadLetterOperator({
      backlog: () => this.#backlog(),
      during: (minutes, work) => lifecycle.during(minutes * operatorMs, work),
    });
    this.stranded = {
      list: () => lifecycle.during(operatorMs, (signal) => operator.list(signal)),
      move: (strategy, { to, held = false }, by) =>
        lifecycle.during(60 * operatorMs, async (signal) =>
          operator.move(strategy, await engine.strategy(to, signal), held, signal, by),
        ),
      discard: (strategy, { held = false } = {}, by) =>
        lifecycle.during(60 * operatorMs, (signal) => operator.discard(strategy, held, signal, by)),
    };
    this.backfills = new BackfillOperator({
      lifecycle,
      store: () => this.#session().backfills,
      sources: () => this.#session().sources,
      adapterName: () => container.get(TOKENS.DatabaseAdapter).name,
      strategy: (name, signal) => engine.strategy(name, signal),
      tellError: (during, error) => container.get(TOKENS.EventHub).emit("error", { during, error }),
    });
    this.audit = {
      list: (query = {}) => lifecycle.during(operatorMs, (signal) => listAudit(this.#session().audit, query, signal)),
    };
  }

  async status(): Promise<PipelineStatus> {
    return await this.#onBacklog(async (backlog, signal) => {
      const status = await backlog.status(signal);
      try {
        return await this.#strandedOperator.mark(status, signal);
      } catch (error) {
        this.#container.get(TOKENS.EventHub).emit("error", { during: "look for stranded work", error });
        return status;
      }
    });
  }

  async explain(category: string, condition: ConditionInput): Promise<KeyReport> {
    return await this.#lifecycle.during(operatorMs, async (signal) => {
      const found = this.#container.get(TOKENS.Dictionary).get(category);
      if (found === undefined)
        throw new SynclineError("config.invalid", `The category "${category}" is not in the data dictionary.`);
      const engine = await this.#engine.loaded(signal);
      return await explainKey(this.#backlog(), found, condition, engine.strategiesOf(category), signal);
    });
  }

  async backfill(strategy: string, source?: BackfillSource, by?: OperatorNote): Promise<number> {
    return await this.#lifecycle.during(60 * operatorMs, async (signal) => {
      const { category } = await this.#engine.strategy(strategy, signal);
      const given = source ?? { keys: await allKeys(this.#session().sources, category, signal) };
      const backfill =
        "keys" in given
          ? { strategy, category, keys: given.keys }
          : { strategy, changes: given.conditions.map((condition) => changeOf(category, condition, "upsert")) };
      const of = source === undefined ? { keys: "all" } : "keys" in source ? { keys: source.keys } : { keys: "given" };
      return await this.#backlog().backfill(backfill, signal, operatorRecord("backfill", by, strategy, of));
    });
  }

  async pause(strategy: string, by?: OperatorNote): Promise<void> {
    await this.#lifecycle.during(operatorMs, async (signal) => {
      const { name } = await this.#engine.strategy(strategy, signal);
      await this.#backlog().pause(name, signal, operatorRecord("pause", by, name, {}));
    });
  }

  async resume(strategy: string, by?: OperatorNote): Promise<void> {
    await this.#onBacklog((backlog, signal) =>
      backlog.resume(strategy, signal, operatorRecord("resume", by, strategy, {})),
    );
  }

  async #onBacklog<Value>(work: (backlog: BacklogStore, signal: AbortSignal) => Promise<Value>): Promise<Value> {
    return await this.#lifecycle.during(operatorMs, (signal) => work(this.#backlog(), signal));
  }

  #backlog(): BacklogStore {
    return this.#container.get(TOKENS.BacklogStore);
  }

  #session() {
    return this.#container.get(TOKENS.DatabaseSession);
  }
}
