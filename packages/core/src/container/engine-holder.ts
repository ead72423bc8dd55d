import type { Container } from "inversify";
import type { Engine } from "../engine/engine.ts";
import { SynclineError } from "../model/errors.ts";
import type { Strategy } from "../model/strategy.ts";
import { type Examination, Examiner, refuseOptions } from "./check-code-strategies.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { TOKENS } from "./tokens.ts";

/**
 * Schemas that a downstream itself gives may be slow to come, and a downstream that is away must
 * not hold up the others.
 */
const prepareMs = 10_000;

/** The engine, made when something first needs it, and the strategies in force in it. */
export class EngineHolder<Tx> {
  readonly #lifecycle: Lifecycle;
  readonly #create: () => Engine;
  readonly #examiner: Examiner<Tx>;
  #engine: Engine | undefined;

  constructor(container: Container, options: PipelineOptions<Tx>, lifecycle: Lifecycle, create: () => Engine) {
    this.#lifecycle = lifecycle;
    this.#create = create;
    this.#examiner = new Examiner(options, container.get(TOKENS.Faults));
  }

  /** `undefined` until something needed one. */
  get made(): Engine | undefined {
    return this.#engine;
  }

  /** Not once the pipeline stops: what is made then would be stopped by nobody. */
  open(): Engine {
    this.#lifecycle.refuseStopped();
    this.#engine ??= this.#create();
    return this.#engine;
  }

  examine(): Promise<Examination> {
    return this.#examiner.examine(AbortSignal.any([this.#lifecycle.stopping, AbortSignal.timeout(prepareMs)]));
  }

  /** With the strategies in force; before `start`, the stores are asked. */
  async loaded(signal: AbortSignal): Promise<Engine> {
    refuseOptions(await this.examine());
    const engine = this.open();
    if (this.#lifecycle.state !== "running") await engine.loadStrategies(signal);
    return engine;
  }

  /** Errors: `strategy.unknown`. */
  async strategy(name: string, signal: AbortSignal): Promise<Strategy> {
    const engine = await this.loaded(signal);
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
}
