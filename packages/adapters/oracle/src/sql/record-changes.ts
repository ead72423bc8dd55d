import { nameOf, type Place } from "./names.ts";
import { type OwnStatement, text } from "./statement.ts";

/**
 * One change, or any number of them as one array of binds, which is one round trip. Ids are given in the order of the array.
 *
 * No JSON_TABLE here: an array has no limit of 4,000 bytes, and needs no temporary LOB on the caller's connection.
 */
export function recordChanges(place: Place): OwnStatement {
  return {
    name: "record",
    kind: "rows",
    text: `INSERT INTO ${nameOf(place, "change")} (category, condition, operation) VALUES (:category, :condition, :operation)`,
    binds: { category: text, condition: text, operation: text },
  };
}

/**
 * The same with trace contexts. Only where there is one is the column named: a role that records from
 * before it was added may have no right to it, and needs none.
 */
export function recordTraced(place: Place): OwnStatement {
  return {
    name: "record_traced",
    kind: "rows",
    text: `INSERT INTO ${nameOf(place, "change")} (category, condition, operation, traceparent) VALUES (:category, :condition, :operation, :traceparent)`,
    binds: { category: text, condition: text, operation: text, traceparent: text },
  };
}
