import { type StrategyHistoryGiven, strategyVersionColumns } from "@syncline/core/adapter-kit";
import { spelling } from "./spelling.ts";
import { statement } from "./statement.ts";

/** Versions of a strategy, newest first. */
export function strategyHistory(schema: string) {
  return statement<{ readonly [Name in keyof StrategyHistoryGiven]: StrategyHistoryGiven[Name] }>(
    `SELECT ${strategyVersionColumns.select(spelling, { as: { at: "changed_at", author: "COALESCE(author, login)" } })}
  FROM ${schema}.strategy_history
 WHERE strategy = :strategy AND version < :before
 ORDER BY version DESC
 LIMIT :limit`,
  );
}
