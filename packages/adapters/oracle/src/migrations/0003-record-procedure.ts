import { nameOf, type Place } from "../sql/names.ts";

/**
 * How any language records, in its own transaction: `BEGIN syncline_record_change('order', '{"orderId":42}'); END;`. The
 * condition's spelling need not be canonical. It has its owner's rights: EXECUTE on it is all that an application needs.
 */
export function recordProcedure(place: Place): readonly string[] {
  return [
    `CREATE OR REPLACE PROCEDURE ${nameOf(place, "record_change")} (
  category IN VARCHAR2,
  condition IN VARCHAR2,
  operation IN VARCHAR2 DEFAULT 'upsert'
) IS
BEGIN
  INSERT INTO ${nameOf(place, "change")} (category, condition, operation)
  VALUES (${["category", "condition", "operation"].map((name) => `${place.prefix}record_change.${name}`).join(", ")});
END;`,
  ];
}
