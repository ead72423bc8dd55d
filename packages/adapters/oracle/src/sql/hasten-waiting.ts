import { localName, nameOf, type Place } from "./names.ts";
import { arrayTypes, number, type OwnStatement, text } from "./statement.ts";

/**
 * Makes due now what waits for something else to reach the downstream: of a strategy the `most` that
 * are due next. Returns how many. Locked and looked at again as a claim does it (`claimDue`).
 */
export function hastenWaiting(place: Place): OwnStatement {
  const waits = `d.state = 'pending' AND d.token IS NULL AND d.failure_kind = 'dependency'`;
  const isLater = "SYS_EXTRACT_UTC(d.due_at) > SYS_EXTRACT_UTC(l_now)";
  return {
    name: "hasten",
    kind: "block",
    text: `DECLARE
${arrayTypes}
  l_strategy VARCHAR2(64 CHAR);
  l_most PLS_INTEGER;
  l_ids numbers;
  l_count PLS_INTEGER := 0;
  l_now TIMESTAMP(6) WITH TIME ZONE := SYSTIMESTAMP;
  CURSOR waiting IS
    SELECT /*+ INDEX(d ${localName(place, "delivery_due")}) */ d.id
      FROM ${nameOf(place, "delivery")} d
     WHERE d.strategy = l_strategy AND ${waits}
       AND ${isLater}
     ORDER BY SYS_EXTRACT_UTC(d.due_at), d.id
       FOR UPDATE SKIP LOCKED;
BEGIN
  l_strategy := :strategy;
  l_most := :most;
  OPEN waiting;
  FETCH waiting BULK COLLECT INTO l_ids LIMIT l_most;
  CLOSE waiting;
  IF l_ids.COUNT > 0 THEN
    FORALL i IN 1 .. l_ids.COUNT
      UPDATE ${nameOf(place, "delivery")} d
         SET d.due_at = l_now
       WHERE d.id = l_ids(i) AND ${waits}
         AND ${isLater};
    l_count := SQL%ROWCOUNT;
  END IF;
  :hastened := l_count;
END;`,
    binds: { strategy: text, most: number, hastened: { out: "number" } },
  };
}
