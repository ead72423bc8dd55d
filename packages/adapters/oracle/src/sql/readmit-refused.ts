import { nameOf, type Place } from "./names.ts";
import { arrayTypes, type OwnStatement, texts } from "./statement.ts";

/**
 * Puts refused changes of categories back, each category's in their order and with their times. Returns how many.
 *
 * Locked first, and then moved by id: what is refused meanwhile stays where it is.
 */
export function readmitRefused(place: Place): OwnStatement {
  const refused = nameOf(place, "refused");
  return {
    name: "readmit",
    kind: "block",
    text: `DECLARE
${arrayTypes}
  l_categories texts;
  l_ids numbers;
  l_count PLS_INTEGER := 0;
BEGIN
  l_categories := :categories;
  FOR n IN 1 .. l_categories.COUNT LOOP
    SELECT r.id BULK COLLECT INTO l_ids
      FROM ${refused} r
     WHERE r.category = l_categories(n)
     ORDER BY r.id
       FOR UPDATE;
    IF l_ids.COUNT > 0 THEN
      FORALL i IN 1 .. l_ids.COUNT
        INSERT INTO ${nameOf(place, "change")} (category, condition, operation, strategy, recorded_at)
        SELECT r.category, r.condition, r.operation, r.strategy, r.recorded_at FROM ${refused} r WHERE r.id = l_ids(i);
      FORALL i IN 1 .. l_ids.COUNT
        DELETE FROM ${refused} r WHERE r.id = l_ids(i);
      l_count := l_count + l_ids.COUNT;
    END IF;
  END LOOP;
  :readmitted := l_count;
END;`,
    binds: { categories: texts, readmitted: { out: "number" } },
  };
}
