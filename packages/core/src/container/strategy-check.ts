import type { QueryComposer } from "../contracts/query-composer.ts";
import type { Transport } from "../contracts/transport.ts";
import type { Tuning } from "../engine/tuning.ts";
import type { Problem } from "../model/problem.ts";
import { defaultQueryTimeoutMs } from "../model/resolve-strategy.ts";
import type { Strategy } from "../model/strategy.ts";

/**
 * What is wrong with a strategy beyond its own form: its limits, its downstream, its template, what
 * its transport says of it.
 */
export function checkStrategy(
  strategy: Strategy,
  composer: QueryComposer,
  tuning: Tuning,
  downstreams: { readonly [name: string]: Transport },
): readonly Problem[] {
  const transport = Object.hasOwn(downstreams, strategy.downstream) ? downstreams[strategy.downstream] : undefined;
  return [
    ...checkReading(strategy, composer, tuning),
    ...checkDownstream(strategy, transport, Object.keys(downstreams)),
  ];
}

/** The part of it that needs no downstream. */
export function checkReading(
  strategy: Strategy,
  composer: QueryComposer,
  { maxQueryTimeoutMs }: Tuning,
): readonly Problem[] {
  const { queryTimeoutMs } = strategy;
  // What a strategy did not ask for is no mistake of its: then the lower of both holds.
  if (queryTimeoutMs <= maxQueryTimeoutMs || queryTimeoutMs === defaultQueryTimeoutMs) return composer.check(strategy);
  const message =
    `It is ${queryTimeoutMs}, and no read may take longer than ${maxQueryTimeoutMs} ms here (tuning.maxQueryTimeoutMs): ` +
    "it holds a connection and its tables' locks for so long.";
  return [{ at: "queryTimeoutMs", message }, ...composer.check(strategy)];
}

function checkDownstream(
  strategy: Strategy,
  transport: Transport | undefined,
  known: readonly string[],
): readonly Problem[] {
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
  return [...problems, ...(transport.checkStrategy?.(strategy) ?? [])];
}
