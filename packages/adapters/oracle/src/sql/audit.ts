import { auditColumns } from "@syncline/core/adapter-kit";
import { nameOf, type Place } from "./names.ts";
import { spelling } from "./spelling.ts";
import { number, type OwnStatement, text } from "./statement.ts";

/** Keeps what an operator does, in its own transaction. When, and by which login, the table says. */
export function keepOperation(place: Place): OwnStatement {
  return {
    name: "keep_operation",
    kind: "dml",
    text: `INSERT INTO ${nameOf(place, "operation")} (actor, action, strategy, reason, selection, count)
VALUES (:actor, :action, :strategy, :reason, :selection, :quantity)`,
    binds: { actor: text, action: text, strategy: text, reason: text, selection: text, quantity: number },
  };
}

/** What operators did, newest first. */
export function listOperations(place: Place): OwnStatement {
  const as = { at: "o.acted_at", actor: "NVL(o.actor, o.login)" };
  return {
    name: "list_operations",
    kind: "query",
    text: `SELECT ${auditColumns.select(spelling, { from: "o.", as })}
  FROM (SELECT p.* FROM ${nameOf(place, "operation")} p
         WHERE p.id < TO_NUMBER(:before) AND (:action IS NULL OR p.action = :action)
           AND (:strategy IS NULL OR p.strategy = :strategy)
         ORDER BY p.id DESC) o
 WHERE ROWNUM <= :most`,
    binds: { before: text, action: text, strategy: text, most: number },
  };
}
