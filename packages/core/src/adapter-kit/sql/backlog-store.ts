import type { OperatorRecord } from "../../contracts/audit-log.ts";
import type { BacklogStore, ChosenDeadLetters, DeadLetterFilter, KeyQuery } from "../../contracts/backlog-store.ts";
import type { Change } from "../../model/change.ts";
import { checkSelection, type DeadLetterFilterGiven, filterGiven, pageOf, pageQuery } from "../dead-letters.ts";
import {
  backlogStatusOf,
  countOf,
  deadCauseColumns,
  deadLetterOf,
  foundChangeColumns,
  foundDeliveryOf,
} from "../rows.ts";
import { type AuditStatements, act, one, whereAny } from "./audit-log.ts";
import { type Asked, type AskedWithin, askAlone, type Nothing, type SqlDriver } from "./driver.ts";

/** Of each its decimal digits. */
interface GivenIds {
  readonly ids: readonly string[];
}

/** Of one category, the oldest. */
export interface FoundChangesGiven {
  readonly category: string;
  readonly most: number;
}

export interface BacklogStatements<Statement> {
  /** Answers as `backlogStatusOf` reads it. */
  readonly status: Asked<Statement, Nothing>;
  /**
   * `after`: higher ids only. At most `limit`, by id. Answers as `deadLetterOf` reads it. Where there
   * is `causes`, it heeds all of the filter, otherwise the strategy alone.
   */
  readonly deadLetters: Asked<Statement, DeadLetterFilterGiven & { readonly after: string; readonly limit: number }>;
  /**
   * By strategy, kind and code. Answers with `deadCauseColumns`, at most 1,000 of the highest
   * counts first.
   */
  readonly causes?: Asked<Statement, DeadLetterFilterGiven>;
  /** All three, or none. They answer with `foundChangeColumns`, by id, and `foundDeliveryOf`. */
  readonly find?: {
    readonly changes: Asked<Statement, FoundChangesGiven>;
    readonly refused: Asked<Statement, FoundChangesGiven>;
    /** By strategy, ordinal and id. */
    readonly deliveries: Asked<Statement, { readonly key: string; readonly strategies: readonly string[] }>;
  };
  /** All or none. What is alive is left alone. Answers how many. */
  readonly requeue: AskedWithin<Statement, GivenIds>;
  /** The same. */
  readonly discard: AskedWithin<Statement, GivenIds>;
  /** Nothing is wrong with one that is paused already. */
  readonly pause: AskedWithin<Statement, { readonly strategy: string }>;
  readonly resume: AskedWithin<Statement, { readonly strategy: string }>;
  /** Answers how many. */
  readonly readmit: Asked<Statement, { readonly categories: readonly string[] }>;
  /** One change at least. Answers how many. */
  readonly backfill: AskedWithin<Statement, { readonly strategy: string; readonly changes: readonly Change[] }>;
  readonly audit?: AuditStatements<Statement>;
}

/**
 * So many dead letters of a strategy in one transaction: a dispatch that revives one of them waits
 * for it.
 */
const mostAtOnce = 1_000;

/** A `BacklogStore` of statements. What a backfill's own query yields is the adapter's to record. */
export function createBacklogStore<Statement>(
  driver: SqlDriver<Statement>,
  statements: BacklogStatements<Statement>,
  backfillKeys: (
    backfill: Extract<Parameters<BacklogStore["backfill"]>[0], { readonly keys: string }>,
    signal: AbortSignal,
    record: OperatorRecord | undefined,
  ) => Promise<number>,
): BacklogStore {
  const { find, causes, audit } = statements;
  type Action<Given extends object> = AskedWithin<Statement, Given>;
  type Record = OperatorRecord | undefined;
  const counted = async <Given extends object>(
    action: Action<Given>,
    given: Given,
    signal: AbortSignal,
    record: Record,
  ) => countOf(await act(driver, action, given, { audit, record, signal, countsFor: whereAny }));
  const done = async <Given extends object>(
    action: Action<Given>,
    given: Given,
    signal: AbortSignal,
    record: Record,
  ) => {
    await act(driver, action, given, { audit, record, signal, countsFor: one });
  };
  /** Each page begins behind the one before: what dies again meanwhile is not taken for ever. */
  async function* idsOf(strategy: string, signal: AbortSignal) {
    for (let after = "0"; ; ) {
      const given = { ...filterGiven({ strategy }), after, limit: mostAtOnce };
      const letters = (await askAlone(driver, statements.deadLetters, given, signal)).map(deadLetterOf);
      if (letters.length > 0) yield letters.map(({ id }) => id);
      if (letters.length < mostAtOnce) return;
      after = letters.at(-1)?.id ?? after;
    }
  }
  const change = async (
    action: Action<GivenIds>,
    selection: ChosenDeadLetters,
    signal: AbortSignal,
    record: Record,
  ): Promise<number> => {
    const chosen = checkSelection(selection);
    if ("ids" in chosen) return counted(action, { ids: chosen.ids }, signal, record);
    let count = 0;
    for await (const ids of idsOf(chosen.strategy, signal)) count += await counted(action, { ids }, signal, record);
    return count;
  };
  return {
    ...(causes === undefined
      ? {}
      : {
          causes: async (filter: DeadLetterFilter, signal: AbortSignal) =>
            (await askAlone(driver, causes, filterGiven(filter), signal)).map(deadCauseColumns.rowOf),
        }),
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
      const rows = await askAlone(driver, statements.deadLetters, wanted, signal);
      return pageOf(rows.map(deadLetterOf), wanted);
    },
    requeue: (selection, signal, record) => change(statements.requeue, selection, signal, record),
    discard: (selection, signal, record) => change(statements.discard, selection, signal, record),
    pause: (strategy, signal, record) => done(statements.pause, { strategy }, signal, record),
    resume: (strategy, signal, record) => done(statements.resume, { strategy }, signal, record),
    readmit: async (categories, signal) => countOf(await askAlone(driver, statements.readmit, { categories }, signal)),
    async backfill(backfill, signal, record) {
      if ("keys" in backfill) return backfillKeys(backfill, signal, record);
      const { strategy, changes } = backfill;
      return changes.length === 0 ? 0 : counted(statements.backfill, { strategy, changes }, signal, record);
    },
  };
}
