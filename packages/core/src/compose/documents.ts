import type { ComposedQuery } from "../contracts/query-composer.ts";
import type { QueryResult } from "../contracts/query-runner.ts";
import { SynclineError } from "../model/errors.ts";
import type { Strategy } from "../model/strategy.ts";
import type { WireRow, WireValue } from "../model/wire.ts";
import { type DocumentPlan, documentOf, planDocument } from "./document-plan.ts";

/**
 * The rows of a composed query's results as documents, by the position of the condition that they belong to, each
 * condition's in the order the database gave them. Dotted column names nest.
 *
 * @param count how many conditions were composed.
 * @throws `query.invalid`: columns that make no document, or a position that was never composed.
 */
export function documentsOf(
  strategy: Strategy,
  composed: ComposedQuery,
  results: readonly QueryResult[],
  count: number,
): readonly (readonly WireRow[])[] {
  const expected = composed.mode === "set" ? 1 : count;
  if (results.length !== expected) {
    throw invalid(strategy, `the query runner returned ${results.length} results for ${expected} statements`);
  }
  if (composed.mode === "set") return results.flatMap((result) => documentsOfSet(strategy, result, count));
  return results.map(({ columns, rows }) => {
    const plan = planFor(strategy, columns, 0);
    return rows.map((row) => documentOf(plan, row));
  });
}

function documentsOfSet(
  strategy: Strategy,
  { columns, rows }: QueryResult,
  count: number,
): readonly (readonly WireRow[])[] {
  const plan = planFor(strategy, columns, 1);
  const documents: WireRow[][] = Array.from({ length: count }, () => []);
  for (const row of rows) {
    const ordinal = row[0];
    const own = typeof ordinal === "number" ? documents[ordinal] : undefined;
    if (own === undefined) {
      throw invalid(strategy, `a row says that it belongs to key ${String(ordinal)}, and there were ${count} keys`);
    }
    own.push(documentOf(plan, row));
  }
  return documents;
}

/**
 * The row's `versionColumn` as text; `undefined` if the strategy names none.
 *
 * @throws `query.invalid`: there is no such column, or it holds no scalar. `query.data`: it is null in this row.
 */
export function versionOf(strategy: Strategy, row: WireRow): string | undefined {
  const column = strategy.versionColumn;
  if (column === undefined) return undefined;
  let value: WireValue | undefined = row;
  for (const name of column.split(".")) value = memberOf(value, name);
  if (value === undefined) throw invalid(strategy, `its versionColumn "${column}" is no column of the query`);
  if (value === null) {
    throw new SynclineError("query.data", `Strategy "${strategy.name}": the versionColumn "${column}" is null.`);
  }
  if (typeof value !== "string" && typeof value !== "number") {
    throw invalid(strategy, `its versionColumn "${column}" must be a number, a text or a time`);
  }
  return String(value);
}

function memberOf(value: WireValue | undefined, name: string): WireValue | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as WireRow)[name];
}

interface CachedPlan {
  readonly columns: readonly string[];
  readonly skipped: number;
  readonly plan: DocumentPlan;
}

const plans = new WeakMap<Strategy, CachedPlan>();

/** A strategy's columns change only when the database does, so the last plan is nearly always the one. */
function planFor(strategy: Strategy, columns: readonly string[], skipped: number): DocumentPlan {
  const cached = plans.get(strategy);
  if (cached?.skipped === skipped && sameColumns(cached.columns, columns)) return cached.plan;
  const { plan, faults } = planDocument(columns, skipped);
  if (faults.length > 0) throw invalid(strategy, faults.join("; "));
  plans.set(strategy, { columns, skipped, plan });
  return plan;
}

function sameColumns(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, index) => name === right[index]);
}

function invalid(strategy: Strategy, what: string): SynclineError {
  return new SynclineError("query.invalid", `Strategy "${strategy.name}": ${what}.`);
}
