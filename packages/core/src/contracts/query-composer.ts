import type { Condition } from "../model/condition.ts";
import type { Problem } from "../model/problem.ts";
import type { Strategy } from "../model/strategy.ts";
import type { Statement } from "./query-runner.ts";

/** One strategy and N conditions, as statements and how their rows belong to the conditions. */
export interface ComposedQuery {
  /**
   * `set`: one statement; the first column of each row is the condition's position, as a number.
   * `each`: statement i belongs to condition i.
   */
  readonly mode: "set" | "each";
  readonly statements: readonly Statement[];
}

/** Pure, no I/O. A value never becomes SQL text. */
export interface QueryComposer {
  /** What is wrong with the strategy's template; empty if nothing. Paths relative to the strategy: `query:3:14` (line, column). */
  check(strategy: Strategy): readonly Problem[];
  /** Core guarantees: `check` found nothing; at least one condition, each canonical. */
  compose(strategy: Strategy, conditions: readonly Condition[]): ComposedQuery;
}
