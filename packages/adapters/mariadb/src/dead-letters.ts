import {
  type AnswerRow,
  type Apart,
  ask,
  type SelectedDeadLetters,
  type SqlDriver,
  type SqlSteps,
} from "@syncline/core/adapter-kit";
import type { OwnStatements } from "./sql/registry.ts";
import type { NamedStatement } from "./sql/statement.ts";
import { inIdOrder } from "./upsert.ts";

/** So many in one transaction: of a strategy there may be a million. */
const portion = 5_000;

type Change = OwnStatements["requeueLocked"];

/** Requeues or discards what is chosen, by `change`, in portions that are each one transaction. */
export function changeDeadLetters(
  statements: OwnStatements,
  change: Change,
): Apart<NamedStatement, SelectedDeadLetters> {
  return {
    async apart(driver, { ids, strategy }, signal) {
      if (ids !== null) return given(driver, statements, change, inIdOrder(ids), signal);
      let [count, after] = [0, "0"];
      for (;;) {
        const limits = { strategy: strategy ?? "", after, limit: portion };
        const found = (await driver.run(statements.deadOfStrategy, limits, signal)).map(([id]) => String(id));
        const [row] = await given(driver, statements, change, found, signal);
        count += Number(row?.[0] ?? 0);
        if (found.length < portion) return [[count]];
        after = found.at(-1) ?? after;
      }
    },
  };
}

async function given(
  driver: SqlDriver<NamedStatement>,
  statements: OwnStatements,
  change: Change,
  ids: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly AnswerRow[]> {
  if (ids.length === 0) return [[0]];
  return driver.transaction(function* () {
    return { result: yield* changeLocked(statements, change, ids) };
  }, signal);
}

/** What is alive is never touched, and a dispatch may be reviving the same ones. */
function* changeLocked(
  { lockGiven }: OwnStatements,
  change: Change,
  ids: readonly string[],
): SqlSteps<NamedStatement, readonly AnswerRow[]> {
  const locked = (yield* ask(lockGiven, { ids })).map(([id]) => String(id));
  if (locked.length > 0) yield* ask(change, { ids: locked });
  return [[locked.length]];
}
