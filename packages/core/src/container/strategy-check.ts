import type { Container } from "inversify";
import type { QueryComposer } from "../contracts/query-composer.ts";
import type { Transport } from "../contracts/transport.ts";
import type { Faults } from "../engine/guard/faults.ts";
import { windowProblems } from "../engine/poll/window-gate.ts";
import type { Tuning } from "../engine/tuning.ts";
import { type Problem, placeIn } from "../model/problem.ts";
import { defaultQueryTimeoutMs } from "../model/resolve-strategy.ts";
import type { Strategy } from "../model/strategy.ts";
import { askProblems } from "./foreign-problems.ts";
import { TOKENS } from "./tokens.ts";

export interface CheckParts {
  readonly composer: QueryComposer;
  readonly tuning: Tuning;
  readonly downstreams: { readonly [name: string]: Transport };
  readonly faults: Faults;
}

export function checkParts(container: Container, downstreams: CheckParts["downstreams"]): CheckParts {
  return {
    composer: container.get(TOKENS.QueryComposer),
    tuning: container.get(TOKENS.Tuning),
    downstreams,
    faults: container.get(TOKENS.Faults),
  };
}

/**
 * What is wrong with a strategy beyond its own form: its limits, its downstream, its template, what
 * its transport says of it. Never throws: whoever cannot judge a strategy makes that one invalid.
 */
export function checkStrategy(strategy: Strategy, parts: CheckParts): readonly Problem[] {
  return [...checkReading(strategy, parts), ...checkDownstream(strategy, parts)];
}

/** The part of it that needs no downstream. */
export function checkReading(
  strategy: Strategy,
  { composer, tuning: { maxQueryTimeoutMs }, faults }: CheckParts,
): readonly Problem[] {
  const asked = { part: `strategy ${strategy.name}`, member: "check", faults };
  const template = askProblems(asked, () => composer.check(strategy));
  const found = template.answered ? template.problems : [{ at: "query", message: template.bug }];
  const windows =
    strategy.window === undefined
      ? []
      : windowProblems(strategy.window).map(({ at, message }) => ({ at: placeIn("window", at), message }));
  return [...windows, ...timeProblems(strategy, maxQueryTimeoutMs), ...found];
}

function timeProblems({ queryTimeoutMs }: Strategy, maxQueryTimeoutMs: number): readonly Problem[] {
  // What a strategy did not ask for is no mistake of its: then the lower of both holds.
  if (queryTimeoutMs <= maxQueryTimeoutMs || queryTimeoutMs === defaultQueryTimeoutMs) return [];
  const message =
    `It is ${queryTimeoutMs}, and no read may take longer than ${maxQueryTimeoutMs} ms here (tuning.maxQueryTimeoutMs): ` +
    "it holds a connection and its tables' locks for so long.";
  return [{ at: "queryTimeoutMs", message }];
}

function checkDownstream(strategy: Strategy, { downstreams, faults }: CheckParts): readonly Problem[] {
  const known = Object.keys(downstreams);
  const transport = Object.hasOwn(downstreams, strategy.downstream) ? downstreams[strategy.downstream] : undefined;
  if (transport === undefined) {
    const names = known.length > 0 ? `configured are ${known.join(", ")}` : "none is configured";
    return [{ at: "downstream", message: `There is no downstream "${strategy.downstream}"; ${names}.` }];
  }
  const problems: Problem[] = [];
  if (strategy.batch > 1 && !transport.capabilities.batch) {
    problems.push({ at: "batch", message: `The transport "${transport.name}" sends one item a call.` });
  }
  if (strategy.whenAbsent === "delete" && !transport.capabilities.delete) {
    problems.push({
      at: "whenAbsent",
      message: `The transport "${transport.name}" cannot tell that a key is gone: "skip" or "dead".`,
    });
  }
  const asked = { part: `strategy ${strategy.name}`, member: "checkStrategy", faults };
  const judged = askProblems(asked, () =>
    transport.checkStrategy === undefined ? [] : transport.checkStrategy(strategy),
  );
  if (judged.answered) return [...problems, ...judged.problems];
  const message = `The transport "${transport.name}" of "${strategy.downstream}" cannot judge it: ${judged.bug}`;
  return [...problems, { at: "downstream", message }];
}
