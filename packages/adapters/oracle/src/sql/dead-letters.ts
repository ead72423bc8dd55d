import { localName, nameOf, type Place } from "./names.ts";
import { arrayTypes, number, type OwnStatement, text, texts } from "./statement.ts";
import { utcText } from "./time.ts";

/**
 * A page of dead and held deliveries, by id, in the words of the index `delivery_dead`. `strategy`
 * may be NULL.
 */
export function deadLetters(place: Place): OwnStatement {
  return {
    name: "dead_letters",
    kind: "query",
    text: `SELECT t.id, t.strategy, t.key, t.state, t.operation, t.attempts, t.epoch, t.failure_kind, t.failure_code,
       t.failure_message, t.died_at
  FROM (SELECT /*+ INDEX(d ${localName(place, "delivery_dead")}) */ TO_CHAR(d.id) AS id, d.strategy, d.key, d.state, d.operation,
               TO_CHAR(d.attempts) AS attempts,
               TO_CHAR(d.epoch) AS epoch, d.failure_kind, d.failure_code, d.failure_message,
               ${utcText("d.died_at")} AS died_at
          FROM ${nameOf(place, "delivery")} d
         WHERE CASE WHEN d.state <> 'pending' THEN d.id END > TO_NUMBER(:after_id)
           AND (:strategy IS NULL OR d.strategy = :strategy)
         ORDER BY CASE WHEN d.state <> 'pending' THEN d.id END) t
 WHERE ROWNUM <= :most`,
    binds: { after_id: text, strategy: text, most: number },
  };
}

/** Dead or held ones, made due now with fresh attempts and the next epoch. Returns how many. */
export function requeue(place: Place): OwnStatement {
  return forChosen(place, "requeue", [
    `UPDATE ${nameOf(place, "delivery")} d`,
    "   SET d.state = 'pending', d.token = NULL, d.due_at = SYSTIMESTAMP, d.attempts = 0, d.epoch = d.epoch + 1,",
    "       d.debounced = 0, d.failure_kind = NULL, d.failure_code = NULL, d.failure_message = NULL, d.died_at = NULL",
  ]);
}

export function discard(place: Place): OwnStatement {
  return forChosen(place, "discard", [`DELETE FROM ${nameOf(place, "delivery")} d`]);
}

/**
 * The change is made in lock order, since a dispatch may be reviving the same ones, and only to what
 * is not alive. An array with an index of texts is walked in the order of its index, which here is
 * the order of locks.
 */
function forChosen(place: Place, name: string, change: readonly string[]): OwnStatement {
  return {
    name,
    kind: "block",
    text: `DECLARE
${arrayTypes}
  TYPE places IS TABLE OF NUMBER INDEX BY VARCHAR2(4000);
  l_ids texts;
  l_places places;
  l_place VARCHAR2(4000);
  l_chosen numbers;
  l_count PLS_INTEGER := 0;
BEGIN
  l_ids := :ids;
  FOR i IN 1 .. l_ids.COUNT LOOP
    FOR r IN (SELECT d.id, d.strategy || CHR(1) || d.key || CHR(1) || TO_CHAR(d.ordinal, 'FM0000000000000000000') AS place
                FROM ${nameOf(place, "delivery")} d
               WHERE d.id = TO_NUMBER(l_ids(i)) AND d.state <> 'pending') LOOP
      l_places(r.place) := r.id;
    END LOOP;
  END LOOP;
  l_place := l_places.FIRST;
  WHILE l_place IS NOT NULL LOOP
    l_chosen(l_chosen.COUNT + 1) := l_places(l_place);
    l_place := l_places.NEXT(l_place);
  END LOOP;
  IF l_chosen.COUNT > 0 THEN
    FORALL i IN 1 .. l_chosen.COUNT
${change.map((line) => `      ${line}`).join("\n")}
       WHERE d.id = l_chosen(i) AND d.state <> 'pending';
    l_count := SQL%ROWCOUNT;
  END IF;
  :changed := l_count;
END;`,
    binds: { ids: texts, changed: { out: "number" } },
  };
}
