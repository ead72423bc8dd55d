import { nameOf, type Place } from "./names.ts";
import type { OwnStatement } from "./statement.ts";

/** The strategies in force and their revision, in one snapshot. One row at least; `name` is NULL without a strategy. */
export function loadStrategies(place: Place): OwnStatement {
  return {
    name: "strategies",
    kind: "query",
    text: `SELECT TO_CHAR(d.strategies_revision) AS revision, s.name, s.definition
  FROM ${nameOf(place, "dispatcher")} d
  LEFT JOIN ${nameOf(place, "strategy")} s ON s.enabled = 1
 WHERE d.id = 1
 ORDER BY s.name`,
    binds: {},
  };
}
