import { foundChangeColumns, foundDeliveryColumns } from "@syncline/core/adapter-kit";
import { strategyName } from "./column-types.ts";
import { now, spelling } from "./spelling.ts";
import { statement, valuesOf } from "./statement.ts";

export interface Wanted {
  readonly category: string;
  readonly most: number;
}

/**
 * What waits for dispatch in a category, the oldest first: by the primary key, past other
 * categories' changes.
 */
export function foundChanges(schema: string) {
  return statement<Wanted>(`SELECT ${foundChangeColumns.select(spelling, {
    as: { ageMs: "recorded_at", reason: "NULL" },
  })}
  FROM ${schema}.\`change\` FORCE INDEX (PRIMARY)
 WHERE category = :category
 ORDER BY id
 LIMIT :most`);
}

export function foundRefused(schema: string) {
  return statement<Wanted>(`SELECT ${foundChangeColumns.select(spelling, { as: { ageMs: "recorded_at" } })}
  FROM ${schema}.refused
 WHERE category = :category
 ORDER BY id
 LIMIT :most`);
}

export function foundDeliveries(schema: string) {
  return statement<{ key: string; strategies: readonly string[] }>(`SELECT ${foundDeliveryColumns.select(spelling, {
    from: "d.",
    as: {
      leased: `(d.token IS NOT NULL AND d.due_at > ${now})`,
      dueInMs: `TIMESTAMPDIFF(MICROSECOND, ${now}, d.due_at) / 1000`,
      ageMs: "d.first_recorded_at",
    },
  })}
  FROM ${valuesOf("strategies", "g", strategyName)}
  STRAIGHT_JOIN ${schema}.delivery AS d FORCE INDEX (delivery_key) ON d.strategy = g.value AND d.\`key\` = :key
 ORDER BY d.strategy, d.ordinal, d.id`);
}
