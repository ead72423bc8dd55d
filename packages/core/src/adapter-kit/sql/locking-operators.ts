import type { StrandedPortion } from "../../contracts/stranded-work.ts";
import type { AnswerRow } from "../../model/answer-row.ts";
import type { BacklogStatements } from "./backlog-store.ts";
import { type Apart, type AskedWithin, ask, type SqlSteps } from "./driver.ts";
import { inIdOrder } from "./id-order.ts";
import type { StrandedStatements } from "./stranded-work.ts";

interface Ids {
  readonly ids: readonly string[];
}

/** All rows that are given come in the order of ids, and are locked so. */
export interface LockingOperatorStatements<Statement> {
  /** Locks those that are dead or held. Answers their ids. */
  readonly lockGiven: AskedWithin<Statement, Ids>;
  readonly requeueLocked: AskedWithin<Statement, Ids>;
  readonly discardLocked: AskedWithin<Statement, Ids>;
  /** Locks the oldest refused changes of categories. Answers their ids. */
  readonly lockRefused: AskedWithin<Statement, { readonly categories: readonly string[]; readonly limit: number }>;
  /** Puts them back, in their order and with their times, under new ids. */
  readonly recordRefused: AskedWithin<Statement, Ids>;
  readonly deleteRefused: AskedWithin<Statement, Ids>;
  /** Locks what nobody works on, past what others have locked. Answers the ids. */
  readonly lockStranded: AskedWithin<Statement, StrandedPortion>;
  /** As changes of a category for the target alone, in the order of the deliveries. */
  readonly recordStranded: AskedWithin<Statement, Ids & { readonly target: string; readonly category: string }>;
}

/** So many refused changes in one transaction. */
const portion = 5_000;

/** What operators do, on a database whose statements that write answer with no rows: see `lockingLeases`. */
export function lockingOperators<Statement>(
  statements: LockingOperatorStatements<Statement>,
): Pick<BacklogStatements<Statement>, "requeue" | "discard" | "readmit"> &
  Pick<StrandedStatements<Statement>, "moveStranded" | "discardStranded"> {
  type Steps<Result> = SqlSteps<Statement, Result>;
  const { lockGiven, lockStranded, recordStranded, discardLocked } = statements;

  /** What is alive is never touched, and a dispatch may be reviving the same ones. */
  const changing = (change: AskedWithin<Statement, Ids>) =>
    function* ({ ids }: Ids): Steps<readonly AnswerRow[]> {
      const locked = idsOf(yield* ask(lockGiven, { ids: inIdOrder(ids) }));
      if (locked.length > 0) yield* ask(change, { ids: locked });
      return [[locked.length]];
    };

  function* readmitSome(categories: readonly string[]): Steps<number> {
    const ids = idsOf(yield* ask(statements.lockRefused, { categories, limit: portion }));
    if (ids.length === 0) return 0;
    yield* ask(statements.recordRefused, { ids });
    yield* ask(statements.deleteRefused, { ids });
    return ids.length;
  }

  const readmit: Apart<Statement, { readonly categories: readonly string[] }> = {
    async apart(driver, { categories }, signal) {
      const wanted = [...new Set(categories)];
      for (let count = 0; ; ) {
        const moved = await driver.transaction(function* () {
          return { result: yield* readmitSome(wanted) };
        }, signal);
        count += moved;
        if (moved < portion) return [[count]];
      }
    },
  };

  return {
    requeue: changing(statements.requeueLocked),
    discard: changing(discardLocked),
    readmit,
    *moveStranded({ target, category, ...chosen }): Steps<readonly AnswerRow[]> {
      const ids = idsOf(yield* ask(lockStranded, chosen));
      if (ids.length > 0) yield* ask(recordStranded, { ids, target, category });
      if (ids.length > 0) yield* ask(discardLocked, { ids: inIdOrder(ids) });
      return [[ids.length]];
    },
    *discardStranded(chosen): Steps<readonly AnswerRow[]> {
      const ids = idsOf(yield* ask(lockStranded, chosen));
      if (ids.length > 0) yield* ask(discardLocked, { ids: inIdOrder(ids) });
      return [[ids.length]];
    },
  };
}

function idsOf(rows: readonly AnswerRow[]): readonly string[] {
  return rows.map(([id]) => String(id));
}
