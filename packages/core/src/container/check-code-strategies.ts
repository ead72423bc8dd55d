import type { Container } from "inversify";
import type { Faults } from "../engine/guard/faults.ts";
import { SynclineError } from "../model/errors.ts";
import type { Problem } from "../model/problem.ts";
import { resolveStrategy } from "../model/resolve-strategy.ts";
import type { Strategy } from "../model/strategy.ts";
import { checkOptions } from "./check-options.ts";
import { checkTransport, type TransportCheck } from "./check-transport.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { checkParts, checkReading, checkStrategy } from "./strategy-check.ts";
import { TOKENS } from "./tokens.ts";

/** What is wrong with a pipeline's options, files and schemas. */
export interface Examination {
  readonly problems: readonly Problem[];
  /** Downstreams whose transports cannot be asked anything else. */
  readonly unusable: ReadonlySet<string>;
}

/**
 * Asks each transport about its options and files: all at the same time, and each until it has
 * answered once.
 */
export class Examiner<Tx> {
  readonly #options: PipelineOptions<Tx>;
  readonly #faults: Faults;
  readonly #known = new Map<string, TransportCheck>();
  #underWay: Promise<Examination> | undefined;

  constructor(options: PipelineOptions<Tx>, faults: Faults) {
    this.#options = options;
    this.#faults = faults;
  }

  examine(signal: AbortSignal): Promise<Examination> {
    this.#underWay ??= this.#examine(signal).finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #examine(signal: AbortSignal): Promise<Examination> {
    const checks = await Promise.all(
      Object.entries(this.#options.downstreams).map(async ([name, transport]) => {
        const check = this.#known.get(name) ?? (await checkTransport(name, transport, this.#faults, signal));
        if (check.isFinal) this.#known.set(name, check);
        return { name, ...check };
      }),
    );
    return {
      problems: [...checkOptions(this.#options), ...checks.flatMap(({ problems }) => problems)],
      unusable: new Set(checks.filter(({ isUsable }) => !isUsable).map(({ name }) => name)),
    };
  }
}

/** Throws `config.invalid`. */
export function refuseOptions({ problems }: Examination): void {
  if (problems.length === 0) return;
  throw new SynclineError("config.invalid", "The pipeline cannot start as it is configured.", { problems });
}

/**
 * Strategies in code are the programmer's: what is wrong with any of them stops the start. All of it in one error, together with
 * what is wrong with the options.
 */
export function refuseWhatCannotWork<Tx>(
  options: PipelineOptions<Tx>,
  container: Container,
  { problems, unusable }: Examination,
): void {
  const strategies = codeStrategyProblems(options, container, unusable);
  if (problems.length > 0) refuseOptions({ problems: [...problems, ...strategies], unusable });
  if (strategies.length === 0) return;
  throw new SynclineError("strategy.invalid", "Strategies cannot work as they are.", { problems: strategies });
}

function codeStrategyProblems<Tx>(
  options: PipelineOptions<Tx>,
  container: Container,
  unusable: ReadonlySet<string>,
): readonly Problem[] {
  const dictionary = container.get(TOKENS.Dictionary);
  const parts = checkParts(container, options.downstreams);
  const check = (strategy: Strategy) =>
    unusable.has(strategy.downstream) ? checkReading(strategy, parts) : checkStrategy(strategy, parts);
  const problems: Problem[] = [];
  const seen = new Set<string>();
  (options.strategies ?? []).forEach((definition, index) => {
    const at = `strategies.${definition.name ?? index}`;
    if (seen.has(definition.name)) problems.push({ at, message: "There are two strategies of this name." });
    seen.add(definition.name);
    const resolved = resolveStrategy(definition, dictionary, at);
    const found = resolved.ok ? check(resolved.strategy) : resolved.problems;
    for (const problem of found)
      problems.push({ at: problem.at.startsWith(at) ? problem.at : `${at}.${problem.at}`, message: problem.message });
  });
  return problems;
}
