import type { Condition } from "../model/condition.ts";
import type { Problem } from "../model/problem.ts";
import type { Strategy } from "../model/strategy.ts";
import type { Statement, TemplateDescription, TemplateProbe } from "./query-runner.ts";

/**
 * How a template becomes statements:
 * - `joined`: one statement for all keys, in which the template may be merged into the join;
 * - `fenced`: one statement for all keys, in which the database runs the template once per key;
 * - `each`: one statement per key.
 *
 * Which is fastest differs by a factor of thousands in both directions, with the template and with the data.
 */
export type ComposeForm = "joined" | "fenced" | "each";

/** What of a composition the strategy's template does not say. */
export interface ComposeShape {
  /** Default: the strategy's `compose`, where `set` means `joined`. */
  readonly form?: ComposeForm;
  /** What the database said of the template. Default: each parameter has its key field's own type. */
  readonly description?: TemplateDescription;
  /**
   * How the template of `each` gets its keys, where the dialect can do both: as columns, as in a
   * set (default), or as parameters, which some templates need (an aggregate of nothing but the
   * key).
   */
  readonly keys?: "columns" | "parameters";
}

/**
 * One strategy and N conditions, as statements and how their rows belong to the conditions.
 *
 * Every condition is answered. The first column of each row is the condition's position as a
 * number; the second is NULL in the one row of a condition for which the template yields none, and
 * anything else in a row of the template's.
 */
export interface ComposedQuery {
  /** `set`: one statement. `each`: statement i belongs to condition i, and its rows' position is 0. */
  readonly mode: "set" | "each";
  readonly statements: readonly Statement[];
}

/** Pure, no I/O. A value never becomes SQL text. */
export interface QueryComposer {
  /** What is wrong with the strategy's template; empty if nothing. Paths relative to the strategy: `query:3:14` (line, column). */
  check(strategy: Strategy): readonly Problem[];
  /** Core guarantees: `check` found nothing; at least one condition, each canonical. */
  compose(strategy: Strategy, conditions: readonly Condition[], shape?: ComposeShape): ComposedQuery;
  /**
   * The template for `QueryRunner.describe`. Core guarantees: `check` found nothing. Absent: the
   * database is not asked.
   */
  probe?(strategy: Strategy): TemplateProbe;
}
