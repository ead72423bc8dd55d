import { createQueryComposer, documentsOf } from "@syncline/core";
import type { Condition, FieldType, QueryLimits, Strategy, WireRow } from "@syncline/core/spi";
import { never } from "../suite/expectations.ts";
import type { DatabaseFixture } from "./fixture.ts";

export const limits: QueryLimits = { timeoutMs: 30_000, maxRows: 100_000, numbers: "string" };

/** A strategy on one template, with what composing and reading look at. */
export function strategyOf(
  query: string,
  fields: { readonly [name: string]: FieldType },
  compose: Strategy["compose"] = "set",
): Strategy {
  return {
    name: "conformance",
    category: { name: "conformance.read", fields },
    query,
    compose,
    downstream: "none",
    path: "/",
    method: undefined,
    options: {},
    whenAbsent: "skip",
    rows: "many",
    versionColumn: undefined,
    coalesce: true,
    idempotent: true,
    batch: 1,
    concurrency: 1,
    rate: undefined,
    retry: { maxAttempts: 1, initialMs: 0, maxMs: 0 },
    timeoutMs: 30_000,
    debounce: undefined,
    numbers: limits.numbers,
    queryTimeoutMs: limits.timeoutMs,
    maxRows: limits.maxRows,
    map: undefined,
  };
}

/** Composes, runs, and gives each condition its rows. */
export async function readWith(
  { adapter, session }: DatabaseFixture,
  strategy: Strategy,
  conditions: readonly Condition[],
  given: Partial<QueryLimits> = {},
  signal: AbortSignal = never,
): Promise<readonly (readonly WireRow[])[]> {
  const composer = createQueryComposer(adapter.dialect);
  const problems = composer.check(strategy);
  if (problems.length > 0) throw new Error(`The template is refused: ${problems[0]?.message}`);
  const composed = composer.compose(strategy, conditions);
  const results = await session.queryRunner.run(composed.statements, { ...limits, ...given }, signal);
  return documentsOf(strategy, composed, results, conditions.length);
}

/** The source table's rows of an owner; columns under quoted names, which no database folds to another case. */
export function rowsOfOwner({ adapter, source }: DatabaseFixture, where = "i.owner = :owner"): string {
  const quote = (name: string) => adapter.dialect.quoteIdentifier(name);
  return `SELECT i.id AS ${quote("id")}, i.label AS ${quote("label")} FROM ${source.name} i WHERE ${where}`;
}
