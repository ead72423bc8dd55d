import { strategyVersionColumns } from "@syncline/core/adapter-kit";
import { spelling } from "./spelling.ts";
import { type OwnStatement, singleStatement } from "./statement.ts";

/** Versions of a strategy, newest first. */
export function strategyHistory(schema: string): OwnStatement {
  return singleStatement(
    "strategy-history",
    `SELECT TOP (@limit) ${strategyVersionColumns.select(spelling, {
      from: "h.",
      as: { at: "h.changed_at", author: "COALESCE(h.author, h.login)" },
    })}
  FROM ${schema}.strategy_history AS h
 WHERE h.strategy = @strategy AND h.version < @before
 ORDER BY h.version DESC;`,
    { strategy: "varchar(64)", before: "int", limit: "int" },
  );
}
