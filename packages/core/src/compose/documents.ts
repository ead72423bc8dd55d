import type { ComposedQuery } from "../contracts/query-composer.ts";
import type { QueryResult } from "../contracts/query-runner.ts";
import { SynclineError } from "../model/errors.ts";
import type { Strategy } from "../model/strategy.ts";
import type { WireRow, WireValue } from "../model/wire.ts";
import { type DocumentPlan, documentOf, planDocument } from "./document-plan.ts";

/**
 * Before the template's own columns stand the key's position, and whether the row is one of the
 * template's.
 */
const skipped = 2;

/**
 * The rows of a composed query's results as documents, by the position of the condition that they belong to, each
 * condition's in the order the database gave them. Dotted column names nest.
 *
 * @param count how many conditions were composed.
 * @throws `query.unattested`: a condition is not answered, neither with rows nor with "none".
 * `query.invalid`: columns that make no document, or a position that was never composed.
 */
export function documentsOf(
  strategy: Strategy,
  composed: ComposedQuery,
  results: readonly QueryResult[],
  count: number,
): readonly (readonly WireRow[])[] {
  const expected = composed.mode === "set" ? 1 : count;
  if (results.length !== expected) {
    throw unattested(strategy, `the query runner returned ${results.length} results for ${expected} statements`);
  }
  if (composed.mode === "set") return results.flatMap((result) => documentsOfSet(strategy, result, count));
  return results.flatMap((result) => documentsOfSet(strategy, result, 1));
}

function documentsOfSet(
  strategy: Strategy,
  { columns, rows }: QueryResult,
  count: number,
): readonly (readonly WireRow[])[] {
  const plan = planFor(strategy, columns);
  const documents: (WireRow[] | undefined)[] = Array.from({ length: count }, () => undefined);
  let answered = 0;
  for (const row of rows) {
    const ordinal = row[0];
    if (typeof ordinal !== "number" || !Number.isInteger(ordinal) || ordinal < 0 || ordinal >= count) {
      throw invalid(strategy, `a row says that it belongs to none of the ${count} keys`);
    }
    const isRow = row[1] !== null && row[1] !== undefined;
    const own = documents[ordinal];
    if (own === undefined) {
      documents[ordinal] = isRow ? [documentOf(plan, row)] : [];
      answered += 1;
    } else if (isRow && own.length > 0) own.push(documentOf(plan, row));
    else throw invalid(strategy, `key ${ordinal} has a row that says it has none, beside another row`);
  }
  // Lack of an answer is no answer: a key without a row of its own must not be taken for one that is gone.
  if (answered < count) throw unattested(strategy, `${count - answered} of ${count} keys were not answered`);
  return documents as readonly (readonly WireRow[])[];
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
  readonly plan: DocumentPlan;
}

const plans = new WeakMap<Strategy, CachedPlan>();

/** A strategy's columns change only when the database does, so the last plan is nearly always the one. */
function planFor(strategy: Strategy, columns: readonly string[]): DocumentPlan {
  const cached = plans.get(strategy);
  if (cached !== undefined && sameColumns(cached.columns, columns)) return cached.plan;
  const { plan, faults } = planDocument(columns, skipped);
  if (faults.length > 0) throw invalid(strategy, faults.join("; "));
  plans.set(strategy, { columns, plan });
  return plan;
}

function sameColumns(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, index) => name === right[index]);
}

function invalid(strategy: Strategy, what: string): SynclineError {
  return new SynclineError("query.invalid", `Strategy "${strategy.name}": ${what}.`);
}

function unattested(strategy: Strategy, what: string): SynclineError {
  const message = `Strategy "${strategy.name}": ${what}. Nothing is told as deleted; see docs/errors.md.`;
  return new SynclineError("query.unattested", message);
}
