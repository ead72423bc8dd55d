import { type AnswerRow, type AuditStatements, ask, auditColumns, type SqlSteps } from "@syncline/core/adapter-kit";
import { spelling } from "./spelling.ts";
import { type NamedStatement, statement } from "./statement.ts";

function keepOperation(schema: string) {
  return statement<{
    actor: string | null;
    action: string;
    strategy: string | null;
    reason: string | null;
    selection: string;
    count: number | null;
  }>(`INSERT INTO ${schema}.operation (actor, action, strategy, reason, selection, \`count\`)
VALUES (:actor, :action, :strategy, :reason, :selection, :count)`);
}

/** What is old goes with the definer's rights: who may act may delete nothing. */
export function auditStatements(
  schema: string,
): AuditStatements<NamedStatement> & { readonly keepAlone: NamedStatement } {
  const keepAlone = keepOperation(schema);
  const forget = statement<object>(`CALL ${schema}.forget_operations()`);
  return {
    keepAlone,
    *keep(given): SqlSteps<NamedStatement, readonly AnswerRow[]> {
      yield* ask(keepAlone, given);
      return yield* ask(forget, {});
    },
    list: listOperations(schema),
  };
}

/** What operators did, newest first. */
function listOperations(schema: string) {
  return statement<{
    before: string;
    action: string | null;
    strategy: string | null;
    limit: number;
  }>(`SELECT ${auditColumns.select(spelling, { as: { at: "acted_at", actor: "COALESCE(actor, login)" } })}
  FROM ${schema}.operation
 WHERE id < CAST(:before AS UNSIGNED)
   AND (:action IS NULL OR action = :action) AND (:strategy IS NULL OR strategy = :strategy)
 ORDER BY id DESC
 LIMIT :limit`);
}
