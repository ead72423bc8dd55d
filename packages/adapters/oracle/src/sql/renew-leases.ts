import { nameOf, type Place } from "./names.ts";
import { arrayTypes, joinedPositions, number, type OwnStatement, texts } from "./statement.ts";
import { interval } from "./time.ts";

/** Extends leases, in lock order. Returns the positions (from 1) of those still held, joined by commas. */
export function renewLeases(place: Place): OwnStatement {
  return {
    name: "renew",
    kind: "block",
    text: `DECLARE
${arrayTypes}
  l_ids texts;
  l_tokens texts;
  l_until TIMESTAMP(6) WITH TIME ZONE;
  l_held VARCHAR2(8000);
BEGIN
  l_ids := :ids;
  l_tokens := :tokens;
  l_until := SYSTIMESTAMP + ${interval(":lease_ms")};
  FORALL i IN 1 .. l_ids.COUNT
    UPDATE ${nameOf(place, "delivery")} d
       SET d.due_at = l_until
     WHERE d.id = TO_NUMBER(l_ids(i)) AND d.token = l_tokens(i);
  FOR i IN 1 .. l_ids.COUNT LOOP
    IF SQL%BULK_ROWCOUNT(i) > 0 THEN
      l_held := l_held || i || ',';
    END IF;
  END LOOP;
  :held := RTRIM(l_held, ',');
END;`,
    binds: { ids: texts, tokens: texts, lease_ms: number, held: joinedPositions },
  };
}
