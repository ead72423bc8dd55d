import { localName, nameOf, type Place } from "./names.ts";
import { number, type OwnStatement, text } from "./statement.ts";
import { utcText } from "./time.ts";

/**
 * Takes the dispatcher lock, if there is a change to take: an idle poll writes nothing, since a row
 * lock is a write.
 *
 * - NOWAIT and not SKIP LOCKED: ORA-00054 tells "another worker dispatches" from "there is
 *   nothing".
 * - Whether there is a change is asked by MIN(id), which Oracle answers from one end of the primary
 *   key (INDEX FULL SCAN MIN/MAX). What a backlog leaves behind are empty leaves, which stay in the
 *   index until it grows into them, and each scan from the beginning goes through them: hence
 *   `after`.
 * - The revision is the locked row's newest: a row that was changed since the statement began is
 *   read again, which Oracle promises for what the WHERE names. So a change that was committed
 *   together with a strategy, or after it, is never routed without it.
 */
export function lockDispatcher(place: Place): OwnStatement {
  return {
    name: "lock",
    kind: "query",
    text: `SELECT TO_CHAR(d.strategies_revision) AS revision
  FROM ${nameOf(place, "dispatcher")} d
 WHERE d.id = 1 AND d.strategies_revision >= 0
   AND (SELECT ${byId(place)} MIN(c.id) FROM ${nameOf(place, "change")} c WHERE c.id > TO_NUMBER(:after)) IS NOT NULL
   FOR UPDATE NOWAIT`,
    binds: { after: text },
  };
}

/**
 * The oldest changes that are committed, read after the lock was taken. Ids are not commit order,
 * so there is no cursor: what is seen here is deleted by id. ROWNUM around an ordered view, which
 * stops the walk along the primary key; the hint, because statistics that were gathered while the
 * table was empty speak for reading all of it.
 */
export function oldestChanges(place: Place): OwnStatement {
  return {
    name: "take",
    kind: "query",
    text: `SELECT t.id, t.category, t.condition, t.operation, t.strategy, t.recorded_at
  FROM (SELECT ${byId(place)} TO_CHAR(c.id) AS id, c.category, c.condition, c.operation, c.strategy,
               ${utcText("c.recorded_at")} AS recorded_at
          FROM ${nameOf(place, "change")} c
         WHERE c.id > TO_NUMBER(:after)
         ORDER BY c.id) t
 WHERE ROWNUM <= :most`,
    binds: { after: text, most: number },
  };
}

function byId(place: Place): string {
  return `/*+ INDEX(c ${localName(place, "change_pk")}) */`;
}

/** One array of ids, in one round trip. */
export function deleteChanges(place: Place): OwnStatement {
  return {
    name: "delete_taken",
    kind: "rows",
    text: `DELETE FROM ${nameOf(place, "change")} WHERE id = TO_NUMBER(:id)`,
    binds: { id: text },
  };
}
