import { strategyVersionColumns } from "@syncline/core/adapter-kit";
import { int, text } from "./parameters.ts";
import { spelling } from "./spelling.ts";
import { statement } from "./statement.ts";

/** Versions of a strategy, newest first. */
export function strategyHistory(schema: string) {
  return statement(
    "strategy_history",
    { strategy: text, before: int, limit: int },
    ({ strategy, before, limit }) => `SELECT ${strategyVersionColumns.select(spelling, {
      as: { at: "changed_at", author: "coalesce(author, login)", definition: "definition::text" },
    })}
  FROM ${schema}.strategy_history
 WHERE strategy = ${strategy} AND version < ${before}
 ORDER BY strategy_history.version DESC
 LIMIT ${limit}`,
  );
}
