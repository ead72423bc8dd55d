import type { Container } from "inversify";
import { SynclineError } from "../model/errors.ts";
import type { Problem } from "../model/problem.ts";
import { resolveStrategy } from "../model/resolve-strategy.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { checkStrategy } from "./strategy-check.ts";
import { TOKENS } from "./tokens.ts";

/** Strategies in code are the programmer's: what is wrong with any of them stops the start, all of it in one error. */
export function checkCodeStrategies<Tx>(options: PipelineOptions<Tx>, container: Container): void {
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
  if (problems.length > 0)
    throw new SynclineError("strategy.invalid", "Strategies cannot work as they are.", { problems });
}
