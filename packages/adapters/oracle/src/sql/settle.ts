import { nameOf, type Place } from "./names.ts";
import { arrayTypes, joinedPositions, numbers, type OwnStatement, texts } from "./statement.ts";
import { interval } from "./time.ts";

/**
 * Settles deliveries, in lock order; `delays` in ms and the failure's three are NULL where there is none. Returns the
 * positions (from 1) that are due again, and those whose lease was lost, joined by commas.
 *
 * Rows are first locked one after the other, in the order in which a dispatch locks the rows that it folds into: hence no
 * deadlock. What is decided on a locked row is exact, since nobody can fold into it before the
 * commit; the revision stands in the WHERE, since Oracle looks at a row again for what is named
 * there.
 *
 * A call that failed has counted as an attempt, whether it is tried again (`retry`) or not (`dead`, `held`).
 *
 * What is dead though newer changes had come is due again: a change that is dispatched before the refusal is settled
 * must not fare worse than one that revives the dead letter a moment later.
 */
export function settle(place: Place): OwnStatement {
  return {
    name: "settle",
    kind: "block",
    text: `DECLARE
${arrayTypes}
  TYPE positions IS TABLE OF PLS_INTEGER INDEX BY PLS_INTEGER;
  l_ids texts;
  l_tokens texts;
  l_revisions texts;
  l_results texts;
  l_delays numbers;
  l_kinds texts;
  l_codes texts;
  l_messages texts;
  l_gone positions;
  l_due_again positions;
  l_kept positions;
  l_again VARCHAR2(8000);
  l_late VARCHAR2(8000);
  l_newest NUMBER(19);
  l_now TIMESTAMP(6) WITH TIME ZONE;
BEGIN
  l_ids := :ids;
  l_tokens := :tokens;
  l_revisions := :revisions;
  l_results := :results;
  l_delays := :delays;
  l_kinds := :kinds;
  l_codes := :codes;
  l_messages := :messages;
${lock(place)}
  l_now := SYSTIMESTAMP;
${apply(place)}
  :again := RTRIM(l_again, ',');
  :late := RTRIM(l_late, ',');
END;`,
    binds: {
      ids: texts,
      tokens: texts,
      revisions: texts,
      results: texts,
      delays: numbers,
      kinds: texts,
      codes: texts,
      messages: texts,
      again: joinedPositions,
      late: joinedPositions,
    },
  };
}

const lock = (place: Place) => `  FOR i IN 1 .. l_ids.COUNT LOOP
    BEGIN
      SELECT d.revision INTO l_newest FROM ${nameOf(place, "delivery")} d
       WHERE d.id = TO_NUMBER(l_ids(i)) AND d.token = l_tokens(i) AND d.revision > 0
         FOR UPDATE;
      IF l_results(i) IN ('accepted', 'dead') AND l_newest <> TO_NUMBER(l_revisions(i)) THEN
        l_due_again(l_due_again.COUNT + 1) := i;
        l_again := l_again || i || ',';
      ELSIF l_results(i) = 'accepted' THEN
        l_gone(l_gone.COUNT + 1) := i;
      ELSE
        l_kept(l_kept.COUNT + 1) := i;
      END IF;
    EXCEPTION
      WHEN NO_DATA_FOUND THEN
        l_late := l_late || i || ',';
    END;
  END LOOP;`;

/** FORALL over an empty list of positions is an error. What was accepted had brought all older changes along. */
const apply = (place: Place) => `  IF l_gone.COUNT > 0 THEN
    FORALL i IN VALUES OF l_gone
      DELETE FROM ${nameOf(place, "delivery")} d WHERE d.id = TO_NUMBER(l_ids(i));
  END IF;
  IF l_due_again.COUNT > 0 THEN
    FORALL i IN VALUES OF l_due_again
      UPDATE ${nameOf(place, "delivery")} d
         SET d.token = NULL, d.due_at = l_now, d.attempts = 0, d.changes = 1, d.debounced = 0,
             d.first_recorded_at = CASE l_results(i) WHEN 'accepted' THEN l_now ELSE d.first_recorded_at END,
             d.failure_kind = NULL, d.failure_code = NULL, d.failure_message = NULL
       WHERE d.id = TO_NUMBER(l_ids(i));
  END IF;
  IF l_kept.COUNT > 0 THEN
    FORALL i IN VALUES OF l_kept
      UPDATE ${nameOf(place, "delivery")} d
         SET d.token = NULL, d.debounced = 0,
             d.state = CASE WHEN l_results(i) IN ('dead', 'held') THEN l_results(i) ELSE 'pending' END,
             d.due_at = l_now + ${interval("NVL(l_delays(i), 0)")},
             d.attempts = d.attempts + CASE l_results(i) WHEN 'released' THEN 0 ELSE 1 END,
             d.failure_code = CASE WHEN l_kinds(i) IS NULL THEN d.failure_code ELSE l_codes(i) END,
             d.failure_message = CASE WHEN l_kinds(i) IS NULL THEN d.failure_message ELSE l_messages(i) END,
             d.failure_kind = NVL(l_kinds(i), d.failure_kind),
             d.died_at = CASE WHEN l_results(i) IN ('dead', 'held') THEN l_now ELSE NULL END
       WHERE d.id = TO_NUMBER(l_ids(i));
  END IF;`;
