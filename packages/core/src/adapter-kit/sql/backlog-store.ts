import type { BacklogStore, DeadLetterSelection, KeyQuery } from "../../contracts/backlog-store.ts";
import type { Change } from "../../model/change.ts";
import { checkSelection, pageOf, pageQuery } from "../dead-letters.ts";
import { backlogStatusOf, countOf, deadLetterOf, foundChangeColumns, foundDeliveryOf } from "../rows.ts";
import { type Asked, askAlone, type Nothing, type SqlDriver } from "./driver.ts";

/** Either is `null`. */
export interface SelectedDeadLetters {
  /** Decimal digits. */
  readonly ids: readonly string[] | null;
  readonly strategy: string | null;
}

/** Of one category, the oldest. */
interface FoundChangesGiven {
  readonly category: string;
  readonly most: number;
}

export interface BacklogStatements<Statement> {
  /** Answers as `backlogStatusOf` reads it. */
  readonly status: Asked<Statement, Nothing>;
  /**
   * `after`: higher ids only. `strategy`: `null` for all. At most `limit`, by id. Answers as
   * `deadLetterOf` reads it.
   */
  readonly deadLetters: Asked<
    Statement,
    { readonly after: string; readonly strategy: string | null; readonly limit: number }
  >;
  /** All three, or none. They answer with `foundChangeColumns`, by id, and `foundDeliveryOf`. */
  readonly find?: {
    readonly changes: Asked<Statement, FoundChangesGiven>;
    readonly refused: Asked<Statement, FoundChangesGiven>;
    /** By strategy, ordinal and id. */
    readonly deliveries: Asked<Statement, { readonly key: string; readonly strategies: readonly string[] }>;
  };
  /** Answers how many. */
  readonly requeue: Asked<Statement, SelectedDeadLetters>;
  /** Answers how many. */
  readonly discard: Asked<Statement, SelectedDeadLetters>;
  /** Nothing is wrong with one that is paused already. */
  readonly pause: Asked<Statement, { readonly strategy: string }>;
  readonly resume: Asked<Statement, { readonly strategy: string }>;
  /** Answers how many. */
  readonly readmit: Asked<Statement, { readonly categories: readonly string[] }>;
  /** One change at least. Answers how many. */
  readonly backfill: Asked<Statement, { readonly strategy: string; readonly changes: readonly Change[] }>;
}

/** A `BacklogStore` of statements. What a backfill's own query yields is the adapter's to record. */
export function createBacklogStore<Statement>(
  driver: SqlDriver<Statement>,
  statements: BacklogStatements<Statement>,
  backfillKeys: (
    backfill: Extract<Parameters<BacklogStore["backfill"]>[0], { readonly keys: string }>,
    signal: AbortSignal,
  ) => Promise<number>,
): BacklogStore {
  const counted = async <Given extends object>(asked: Asked<Statement, Given>, given: Given, signal: AbortSignal) =>
    countOf(await askAlone(driver, asked, given, signal));
  const done = async <Given extends object>(asked: Asked<Statement, Given>, given: Given, signal: AbortSignal) => {
    await askAlone(driver, asked, given, signal);
  };
  const { find } = statements;
  return {
    ...(find === undefined
      ? {}
      : {
          async find({ category, key, strategies, most }: KeyQuery, signal: AbortSignal) {
            const changes = await askAlone(driver, find.changes, { category, most }, signal);
            const refused = await askAlone(driver, find.refused, { category, most }, signal);
            const deliveries = await askAlone(driver, find.deliveries, { key, strategies }, signal);
            return {
              changes: changes.map(foundChangeColumns.rowOf),
              refused: refused.map(foundChangeColumns.rowOf),
              deliveries: deliveries.map(foundDeliveryOf),
            };
          },
        }),
    status: async (signal) => backlogStatusOf(await askAlone(driver, statements.status, {}, signal)),
    async deadLetters(query, signal) {
      const wanted = pageQuery(query);
      const { after, strategy = null, limit } = wanted;
      const rows = await askAlone(driver, statements.deadLetters, { after, strategy, limit }, signal);
      return pageOf(rows.map(deadLetterOf), wanted);
    },
    requeue: async (selection, signal) => counted(statements.requeue, selected(selection), signal),
    discard: async (selection, signal) => counted(statements.discard, selected(selection), signal),
    pause: (strategy, signal) => done(statements.pause, { strategy }, signal),
    resume: (strategy, signal) => done(statements.resume, { strategy }, signal),
    readmit: (categories, signal) => counted(statements.readmit, { categories }, signal),
    async backfill(backfill, signal) {
      if ("keys" in backfill) return backfillKeys(backfill, signal);
      const { strategy, changes } = backfill;
      return changes.length === 0 ? 0 : counted(statements.backfill, { strategy, changes }, signal);
    },
  };
}

function selected(selection: DeadLetterSelection): SelectedDeadLetters {
  const { ids = null, strategy = null } = checkSelection(selection);
  return { ids, strategy };
}
