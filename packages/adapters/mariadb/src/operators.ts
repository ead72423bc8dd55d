import {
  type Apart,
  ask,
  type BacklogStatements,
  type SqlSteps,
  type StrandedStatements,
} from "@syncline/core/adapter-kit";
import { changeDeadLetters } from "./dead-letters.ts";
import type { OwnStatements } from "./sql/registry.ts";
import type { NamedStatement } from "./sql/statement.ts";

type Steps<Result> = SqlSteps<NamedStatement, Result>;

export function backlogStatements(statements: OwnStatements): BacklogStatements<NamedStatement> {
  const { status, deadLetters, deadCauses, pause, resume, backfill } = statements;
  return {
    status,
    deadLetters,
    causes: deadCauses,
    find: {
      changes: statements.foundChanges,
      refused: statements.foundRefused,
      deliveries: statements.foundDeliveries,
    },
    requeue: changeDeadLetters(statements, statements.requeueLocked),
    discard: changeDeadLetters(statements, statements.discardLocked),
    pause,
    resume,
    readmit: readmitInPortions(statements),
    backfill,
    audit: {
      keep: function* (given) {
        yield* ask(statements.keepOperation, given);
        return yield* ask(statements.forgetOperations, {});
      },
      list: statements.listOperations,
    },
  };
}

/** So many in one transaction. */
const portion = 5_000;

function readmitInPortions(
  statements: OwnStatements,
): Apart<NamedStatement, { readonly categories: readonly string[] }> {
  return {
    async apart(driver, { categories }, signal) {
      const wanted = { categories: [...new Set(categories)], limit: portion };
      for (let count = 0; ; ) {
        const moved = await driver.transaction(function* () {
          return { result: yield* readmit(statements, wanted) };
        }, signal);
        count += moved;
        if (moved < portion) return [[count]];
      }
    },
  };
}

function* readmit(
  { lockRefused, recordRefused, deleteRefused }: OwnStatements,
  wanted: { readonly categories: readonly string[]; readonly limit: number },
): Steps<number> {
  const ids = (yield* ask(lockRefused, wanted)).map(([id]) => String(id));
  if (ids.length === 0) return 0;
  yield* ask(recordRefused, { ids });
  yield* ask(deleteRefused, { ids });
  return ids.length;
}

export function strandedStatements(statements: OwnStatements): StrandedStatements<NamedStatement> {
  const { listStranded, lockStranded, recordStranded, discardLocked } = statements;
  return {
    attend: function* ({ worker, parts, lapseMs }) {
      if (parts.length > 0) yield* ask(statements.attend, { worker, parts, lapseMs });
      yield* ask(statements.forgetWorkers, { worker, count: parts.length });
      return yield* ask(statements.othersAttend, { worker });
    },
    listStranded,
    moveStranded: function* ({ target, category, ...portion }) {
      const ids = (yield* ask(lockStranded, portion)).map(([id]) => String(id));
      if (ids.length > 0) yield* ask(recordStranded, { ids, target, category });
      if (ids.length > 0) yield* ask(discardLocked, { ids });
      return [[ids.length]];
    },
    discardStranded: function* (portion) {
      const ids = (yield* ask(lockStranded, portion)).map(([id]) => String(id));
      if (ids.length > 0) yield* ask(discardLocked, { ids });
      return [[ids.length]];
    },
  };
}
