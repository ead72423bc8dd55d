import { foundChangeColumns, foundDeliveryColumns } from "@syncline/core/adapter-kit";
import { nameOf, type Place } from "./names.ts";
import { spelling } from "./spelling.ts";
import { number, type OwnStatement, text } from "./statement.ts";
import { millisecondsOf } from "./time.ts";

/**
 * What waits for dispatch in a category, or was refused: the oldest, by the primary key, past other
 * categories'.
 */
export function findChanges(place: Place, table: "change" | "refused"): OwnStatement {
  const as = { ageMs: "f.recorded_at", ...(table === "change" ? { reason: "CAST(NULL AS VARCHAR2(1))" } : {}) };
  return {
    name: `find_${table}`,
    kind: "query",
    text: `SELECT ${foundChangeColumns.select(spelling, { from: "f.", as })}
  FROM (SELECT c.* FROM ${nameOf(place, table)} c WHERE c.category = :category ORDER BY c.id) f
 WHERE ROWNUM <= :most`,
    binds: { category: text, most: number },
  };
}

/** What a strategy has of a key. */
export function findDeliveries(place: Place): OwnStatement {
  const isLater = "SYS_EXTRACT_UTC(d.due_at) > SYS_EXTRACT_UTC(SYSTIMESTAMP)";
  return {
    name: "find_deliveries",
    kind: "query",
    text: `SELECT ${foundDeliveryColumns.select(spelling, {
      from: "d.",
      as: {
        leased: `CASE WHEN d.token IS NOT NULL AND ${isLater} THEN 1 ELSE 0 END`,
        dueInMs: millisecondsOf("(d.due_at - SYSTIMESTAMP)"),
        ageMs: "d.first_recorded_at",
      },
    })}
  FROM ${nameOf(place, "delivery")} d
 WHERE d.strategy = :strategy AND d.key = :key
 ORDER BY d.ordinal, d.id`,
    binds: { strategy: text, key: text },
  };
}
