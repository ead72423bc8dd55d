import { strategyVersionColumns } from "@syncline/core/adapter-kit";
import { nameOf, type Place } from "./names.ts";
import { spelling } from "./spelling.ts";
import { number, type OwnStatement, text } from "./statement.ts";

/** Versions of a strategy, newest first. */
export function strategyHistory(place: Place): OwnStatement {
  const as = { at: "h.changed_at", author: "NVL(h.author, h.login)" };
  return {
    name: "strategy_history",
    kind: "query",
    text: `SELECT ${strategyVersionColumns.select(spelling, { from: "h.", as })}
  FROM (SELECT v.* FROM ${nameOf(place, "strategy_kept")} v
         WHERE v.strategy = :strategy AND v.version < :before
         ORDER BY v.version DESC) h
 WHERE ROWNUM <= :most`,
    binds: { strategy: text, before: number, most: number },
  };
}
