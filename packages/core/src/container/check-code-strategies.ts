import type { Container } from "inversify";
import { SynclineError } from "../model/errors.ts";
import type { Problem } from "../model/problem.ts";
import { resolveStrategy } from "../model/resolve-strategy.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { checkStrategy } from "./strategy-check.ts";
import { TOKENS } from "./tokens.ts";

/**
 * Strategies in code are the programmer's: what is wrong with any of them stops the start. All of it in one error, together with
 * what transports found wrong when they prepared themselves.
 */
export function refuseWhatCannotWork<Tx>(
  options: PipelineOptions<Tx>,
  container: Container,
  unprepared: readonly Problem[],
): void {
  const problems = [...unprepared, ...codeStrategyProblems(options, container)];
  if (problems.length === 0) return;
  if (unprepared.length > 0)
    throw new SynclineError("config.invalid", "The pipeline cannot start as it is configured.", { problems });
  throw new SynclineError("strategy.invalid", "Strategies cannot work as they are.", { problems });
}

/** Lets every transport read what it needs, at the same time. A throw is a bug of the transport's. */
export async function prepareTransports<Tx>(
  { downstreams }: PipelineOptions<Tx>,
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  const found = await Promise.all(
    Object.entries(downstreams).map(async ([name, transport]) => {
      const problems = (await transport.prepare?.(signal)) ?? [];
      return problems.map(({ at, message }) => ({
        at: at === "" ? `downstreams.${name}` : `downstreams.${name}.${at}`,
        message,
      }));
    }),
  );
  return found.flat();
}

function codeStrategyProblems<Tx>(options: PipelineOptions<Tx>, container: Container): readonly Problem[] {
  const dictionary = container.get(TOKENS.Dictionary);
  const composer = container.get(TOKENS.QueryComposer);
  const problems: Problem[] = [];
  const seen = new Set<string>();
  (options.strategies ?? []).forEach((definition, index) => {
    const at = `strategies.${definition.name ?? index}`;
    if (seen.has(definition.name)) problems.push({ at, message: "There are two strategies of this name." });
    seen.add(definition.name);
    const resolved = resolveStrategy(definition, dictionary, at);
    const found = resolved.ok ? checkStrategy(resolved.strategy, composer, options.downstreams) : resolved.problems;
    for (const problem of found)
      problems.push({ at: problem.at.startsWith(at) ? problem.at : `${at}.${problem.at}`, message: problem.message });
  });
  return problems;
}
