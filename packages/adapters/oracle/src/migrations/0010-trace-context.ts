import { nameOf, type Place } from "../sql/names.ts";

/**
 * Where the trace context of a change stands, on its way to the delivery, and how any language
 * records it: `record_change(category, condition, operation, traceparent)`. What is too long is
 * none, and must not fail a recording.
 */
export function traceContext(place: Place): readonly string[] {
  const parameter = (name: string) => `${place.prefix}record_change.${name}`;
  return [
    ...(["change", "delivery"] as const).map(
      (table) => `ALTER TABLE ${nameOf(place, table)} ADD traceparent VARCHAR2(64 CHAR)`,
    ),
    `CREATE OR REPLACE PROCEDURE ${nameOf(place, "record_change")} (
  category IN VARCHAR2,
  condition IN VARCHAR2,
  operation IN VARCHAR2 DEFAULT 'upsert',
  traceparent IN VARCHAR2 DEFAULT NULL
) IS
BEGIN
  INSERT INTO ${nameOf(place, "change")} (category, condition, operation, traceparent)
  VALUES (${["category", "condition", "operation"].map(parameter).join(", ")}, SUBSTR(${parameter("traceparent")}, 1, 64));
END;`,
  ];
}
