import { type AnswerRow, ask, type SqlSteps } from "@syncline/core/adapter-kit";
import type { OwnStatements } from "./sql/registry.ts";
import type { NamedStatement } from "./sql/statement.ts";
import { inIdOrder } from "./upsert.ts";

/**
 * Requeues or discards, by `change`, those of the ids that are dead or held. What is alive is never
 * touched, and a dispatch may be reviving the same ones.
 */
export function changeDeadLetters({ lockGiven }: OwnStatements, change: OwnStatements["requeueLocked"]) {
  return function* ({ ids }: { readonly ids: readonly string[] }): SqlSteps<NamedStatement, readonly AnswerRow[]> {
    const locked = (yield* ask(lockGiven, { ids: inIdOrder(ids) })).map(([id]) => String(id));
    if (locked.length > 0) yield* ask(change, { ids: locked });
    return [[locked.length]];
  };
}
