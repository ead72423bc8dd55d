import { createQueryComposer, documentsOf } from "@syncline/core";
import type {
  ComposeForm,
  ComposeShape,
  Condition,
  FieldType,
  QueryLimits,
  QueryResult,
  Strategy,
  WireRow,
} from "@syncline/core/spi";
import { testStrategy } from "../makers/test-strategy.ts";
import { never } from "../suite/expectations.ts";
import type { DatabaseFixture } from "./fixture.ts";

export const limits: QueryLimits = { timeoutMs: 30_000, maxRows: 100_000, numbers: "string" };

/** A strategy on one template, with what composing and reading look at. */
export function strategyOf(
  query: string,
  fields: { readonly [name: string]: FieldType },
  compose: Strategy["compose"] = "set",
): Strategy {
  const category = { name: "conformance.read", fields };
  const { timeoutMs: queryTimeoutMs, maxRows, numbers } = limits;
  return testStrategy({
    name: "conformance",
    category,
    query,
    compose,
    rows: "many",
    queryTimeoutMs,
    maxRows,
    numbers,
  });
}

/** Every form in which core may read a strategy. */
export const forms: readonly ComposeForm[] = ["joined", "fenced", "each"];

/**
 * Composes with what the adapter says of the template, as core does; runs; and gives each condition
 * its rows.
 */
export async function readWith(
  fixture: DatabaseFixture,
  strategy: Strategy,
  conditions: readonly Condition[],
  given: Partial<QueryLimits> = {},
  signal: AbortSignal = never,
): Promise<readonly (readonly WireRow[])[]> {
  return readAs(fixture, strategy, conditions, await shapeOf(fixture, strategy), given, signal);
}

/** What the adapter says of a strategy's template; empty where it cannot say. */
export async function shapeOf({ adapter, session }: DatabaseFixture, strategy: Strategy): Promise<ComposeShape> {
  const composer = createQueryComposer(adapter.dialect);
  const problems = composer.check(strategy);
  if (problems.length > 0) throw new Error(`The template is refused: ${problems[0]?.message}`);
  const probe = composer.probe?.(strategy);
  const description = probe && (await session.queryRunner.describe?.(probe, never));
  if (description === undefined) return {};
  if (description.problems.length > 0) throw new Error(`The template is refused: ${description.problems[0]?.message}`);
  return { description };
}

/**
 * Every way in which core may read: the forms, and one by one also with the key as parameters,
 * where that is another way.
 */
export function waysOf({ adapter }: DatabaseFixture): readonly ComposeShape[] {
  const ways = forms.map((form): ComposeShape => ({ form }));
  return adapter.dialect.attestOne === undefined ? ways : [...ways, { form: "each", keys: "parameters" }];
}

/** Composes in this shape, runs, and gives each condition its rows. */
export async function readAs(
  fixture: DatabaseFixture,
  strategy: Strategy,
  conditions: readonly Condition[],
  shape: ComposeShape,
  given: Partial<QueryLimits> = {},
  signal: AbortSignal = never,
): Promise<readonly (readonly WireRow[])[]> {
  const composed = createQueryComposer(fixture.adapter.dialect).compose(strategy, conditions, shape);
  const results = await fixture.session.queryRunner.run(composed.statements, { ...limits, ...given }, signal);
  return documentsOf(strategy, composed, results, conditions.length);
}

/** What the database answered, as it came: one result for a set, one for each condition otherwise. */
export async function answersTo(
  fixture: DatabaseFixture,
  strategy: Strategy,
  conditions: readonly Condition[],
): Promise<readonly QueryResult[]> {
  const shape = await shapeOf(fixture, strategy);
  const { statements } = createQueryComposer(fixture.adapter.dialect).compose(strategy, conditions, shape);
  return fixture.session.queryRunner.run(statements, limits, never);
}

/** The source table's rows of an owner; columns under quoted names, which no database folds to another case. */
export function rowsOfOwner({ adapter, source }: DatabaseFixture, where = "i.owner = :owner"): string {
  const quote = (name: string) => adapter.dialect.quoteIdentifier(name);
  return `SELECT i.id AS ${quote("id")}, i.label AS ${quote("label")} FROM ${source.name} i WHERE ${where}`;
}
