import { auditColumns } from "@syncline/core/adapter-kit";
import { spelling } from "./spelling.ts";
import { statement } from "./statement.ts";

export function keepOperation(schema: string) {
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

/** With its definer's rights: who may act may delete nothing. */
export function forgetOperations(schema: string) {
  return statement<object>(`CALL ${schema}.forget_operations()`);
}

/** What operators did, newest first. */
export function listOperations(schema: string) {
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
