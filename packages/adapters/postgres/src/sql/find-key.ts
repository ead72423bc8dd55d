import { foundChangeColumns, foundDeliveryColumns } from "@syncline/core/adapter-kit";
import { bigint, list, text } from "./parameters.ts";
import { spelling } from "./spelling.ts";
import { byKeys, statement } from "./statement.ts";

/** What waits for dispatch in a category, the oldest first: by the primary key, past other categories' changes. */
export function findChanges(schema: string) {
  return statement(
    "find_changes",
    { category: text, most: bigint },
    ({ category, most }) => `SELECT ${foundChangeColumns.select(spelling, {
      as: { ageMs: "recorded_at", reason: "NULL::text" },
    })}
  FROM ${schema}.change
 WHERE category = ${category}
 ORDER BY id
 LIMIT ${most}`,
  );
}

export function findRefused(schema: string) {
  return statement(
    "find_refused",
    { category: text, most: bigint },
    ({ category, most }) => `SELECT ${foundChangeColumns.select(spelling, { as: { ageMs: "recorded_at" } })}
  FROM ${schema}.refused
 WHERE category = ${category}
 ORDER BY id
 LIMIT ${most}`,
  );
}

export function findDeliveries(schema: string) {
  const now = "statement_timestamp()";
  return statement(
    "find_deliveries",
    { key: text, strategies: list(text) },
    ({ key, strategies }) => `SELECT ${foundDeliveryColumns.select(spelling, {
      as: {
        leased: `(token IS NOT NULL AND due_at > ${now})`,
        dueInMs: `ceil(date_part('epoch', due_at - ${now}) * 1000)`,
        ageMs: "first_recorded_at",
      },
    })}
  FROM ${schema}.delivery
 WHERE strategy = ANY (${strategies}) AND key = ${key}
 ORDER BY delivery.strategy, delivery.ordinal, delivery.id`,
    byKeys,
  );
}
