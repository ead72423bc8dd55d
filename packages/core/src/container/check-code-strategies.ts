import type { Container } from "inversify";
import { SynclineError } from "../model/errors.ts";
import type { Problem } from "../model/problem.ts";
import { resolveStrategy } from "../model/resolve-strategy.ts";
import type { Strategy } from "../model/strategy.ts";
import { checkOptions } from "./check-options.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { checkReading, checkStrategy } from "./strategy-check.ts";
import { TOKENS } from "./tokens.ts";

/** What is wrong with a pipeline's options, files and schemas. */
export interface Examination {
  readonly problems: readonly Problem[];
  /** Downstreams whose options are not in order: their transports cannot be asked anything else. */
  readonly unusable: ReadonlySet<string>;
}

/** Lets every transport look at its options and read what it needs, at the same time. A throw is a bug of the transport's. */
export async function examine<Tx>(options: PipelineOptions<Tx>, signal: AbortSignal): Promise<Examination> {
  const unusable = new Set<string>();
  const found = await Promise.all(
    Object.entries(options.downstreams).map(async ([name, transport]) => {
      const wrong = transport.checkOptions?.() ?? [];
      if (wrong.length > 0) unusable.add(name);
      const problems = wrong.length > 0 ? wrong : ((await transport.prepare?.(signal)) ?? []);
      return problems.map(({ at, message }) => ({
        at: at === "" ? `downstreams.${name}` : `downstreams.${name}.${at}`,
        message,
      }));
    }),
  );
  return { problems: [...checkOptions(options), ...found.flat()], unusable };
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
  const composer = container.get(TOKENS.QueryComposer);
  const tuning = container.get(TOKENS.Tuning);
  const check = (strategy: Strategy) =>
    unusable.has(strategy.downstream)
      ? checkReading(strategy, composer, tuning)
      : checkStrategy(strategy, composer, tuning, options.downstreams);
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
