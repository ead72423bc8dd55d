import { type OwnStatement, singleStatement } from "./statement.ts";

/**
 * The strategies in force and their revision. One row at least; `name` is NULL without a strategy.
 *
 * HOLDLOCK keeps the revision's row until the strategies are read: an edit raises the revision before it is committed, so
 * it is either seen whole or not at all. Where reads lock, it waits for an edit that is open; a dispatch does not hinder it.
 */
export function loadStrategies(schema: string): OwnStatement {
  return singleStatement(
    "load-strategies",
    `SELECT d.strategies_revision, s.name, s.definition
  FROM ${schema}.dispatcher AS d WITH (HOLDLOCK)
  LEFT JOIN ${schema}.strategy AS s ON s.enabled = 1
 WHERE d.id = 1
 ORDER BY s.name;`,
  );
}
