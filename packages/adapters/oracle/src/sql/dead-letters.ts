import { deadCauseColumns, deadLetterColumns } from "@syncline/core/adapter-kit";
import { localName, nameOf, type Place } from "./names.ts";
import { spelling } from "./spelling.ts";
import { arrayTypes, number, type OwnStatement, text, texts } from "./statement.ts";
import { interval } from "./time.ts";

const filter = { strategy: text, key: text, kind: text, code: text, state: text, older_than_ms: number } as const;

/** What is dead or held, after an id, and fits; in the words of the index `delivery_dead`. */
function fits(after: string): string {
  return `CASE WHEN d.state <> 'pending' THEN d.id END > ${after}
           AND (:strategy IS NULL OR d.strategy = :strategy) AND (:key IS NULL OR INSTR(d.key, :key) > 0)
           AND (:kind IS NULL OR d.failure_kind = :kind) AND (:code IS NULL OR d.failure_code = :code)
           AND (:state IS NULL OR d.state = :state)
           AND (:older_than_ms IS NULL
                OR SYS_EXTRACT_UTC(d.died_at) <= SYS_EXTRACT_UTC(SYSTIMESTAMP - ${interval("NVL(:older_than_ms, 0)")}))`;
}

/** A page of dead and held deliveries, by id. Of the filter, NULL for what does not matter. */
export function deadLetters(place: Place): OwnStatement {
  return {
    name: "dead_letters",
    kind: "query",
    text: `SELECT ${deadLetterColumns.select(spelling, { from: "t." })}
  FROM (SELECT /*+ INDEX(d ${localName(place, "delivery_dead")}) */ d.*
          FROM ${nameOf(place, "delivery")} d
         WHERE ${fits("TO_NUMBER(:after_id)")}
         ORDER BY CASE WHEN d.state <> 'pending' THEN d.id END) t
 WHERE ROWNUM <= :most`,
    binds: { after_id: text, ...filter, most: number },
  };
}

/** What they died of, the most frequent first. */
export function deadCauses(place: Place): OwnStatement {
  return {
    name: "dead_causes",
    kind: "query",
    text: `SELECT ${deadCauseColumns.select(spelling, {
      from: "g.",
      as: { kind: "g.failure_kind", code: "g.failure_code", count: "g.total" },
    })}
  FROM (SELECT /*+ INDEX(d ${localName(place, "delivery_dead")}) */ d.strategy, d.failure_kind, d.failure_code,
               MIN(d.failure_message) AS message, COUNT(*) AS total, SUM(CASE WHEN d.state = 'held' THEN 1 ELSE 0 END) AS held,
               MIN(d.died_at) AS oldest_died_at, MAX(d.died_at) AS newest_died_at
          FROM ${nameOf(place, "delivery")} d
         WHERE ${fits("0")}
         GROUP BY d.strategy, d.failure_kind, d.failure_code
         ORDER BY COUNT(*) DESC, d.strategy, d.failure_kind, d.failure_code) g
 WHERE ROWNUM <= 1000`,
    binds: filter,
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
