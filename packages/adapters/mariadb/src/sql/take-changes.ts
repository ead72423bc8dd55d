import { changeColumns } from "@syncline/core/adapter-kit";
import { id } from "./column-types.ts";
import { spelling } from "./spelling.ts";
import { statement, valuesOf } from "./statement.ts";

/**
 * The revision of strategies and categories. Its last digit says whether there are any: TRUNCATE
 * fires no trigger.
 */
export function strategiesRevision(schema: string, dispatcher: string): string {
  return `${dispatcher}.strategies_revision * 10 + EXISTS (SELECT 1 FROM ${schema}.strategy) + 2 * EXISTS (SELECT 1 FROM ${schema}.category)`;
}

/**
 * Takes the dispatcher lock without waiting for it: no row without the lock. The sub-select locks
 * nothing. The revision is that of the locked row, in its newest version: a change that was
 * committed together with a strategy, or after it, is never routed without it.
 */
export function lockDispatcher(schema: string) {
  return statement<object>(`SELECT ${strategiesRevision(schema, "d")}
  FROM ${schema}.dispatcher AS d
 WHERE d.id = 1 FOR UPDATE SKIP LOCKED`);
}

/** The lowest id of a committed change behind one, and the highest; NULL without any. */
export function changeRange(schema: string) {
  return statement<{
    after: string;
  }>(`SELECT (SELECT MIN(id) FROM ${schema}.\`change\` WHERE id > CAST(:after AS UNSIGNED)),
       (SELECT MAX(id) FROM ${schema}.\`change\`)`);
}

/**
 * The oldest committed changes. It locks nothing: a locking read would wait for transactions that
 * record. Nobody else takes them, since the dispatcher lock is held.
 */
export function oldestChanges(schema: string) {
  return statement<{ from: string; limit: number }>(`SELECT ${changeColumns.select(spelling)}
  FROM ${schema}.\`change\`
 WHERE id >= CAST(:from AS UNSIGNED)
 ORDER BY id
 LIMIT :limit`);
}

/** Changes of no flood: `floods` and `backfills` are what is left out. Behind an id, and up to one. */
export function otherChanges(schema: string) {
  return statement<{
    after: string;
    through: string;
    limit: number;
    floods: readonly string[];
    backfills: readonly string[];
  }>(`SELECT ${changeColumns.select(spelling)}
  FROM ${schema}.\`change\` FORCE INDEX (PRIMARY)
 WHERE id > CAST(:after AS UNSIGNED) AND id <= CAST(:through AS UNSIGNED)
   AND CASE WHEN strategy IS NULL
            THEN NOT JSON_CONTAINS(:floods, JSON_QUOTE(category))
            ELSE NOT JSON_CONTAINS(:backfills, JSON_QUOTE(strategy)) END
 ORDER BY id
 LIMIT :limit`);
}

/** Changes of one flood. */
export function floodChanges(schema: string) {
  return statement<{
    after: string;
    through: string;
    limit: number;
    category: string | null;
    strategy: string | null;
  }>(`SELECT ${changeColumns.select(spelling)}
  FROM ${schema}.\`change\` FORCE INDEX (PRIMARY)
 WHERE id > CAST(:after AS UNSIGNED) AND id <= CAST(:through AS UNSIGNED)
   AND CASE WHEN :strategy IS NULL THEN strategy IS NULL AND category = :category ELSE strategy = :strategy END
 ORDER BY id
 LIMIT :limit`);
}

/** Exactly those that were seen. By no alias, which MariaDB looks for in the session's own database. STRAIGHT_JOIN and the index: one look for each, whatever the table's size. */
export function deleteChanges(schema: string) {
  return statement<{ ids: readonly string[] }>(`DELETE ${schema}.\`change\`
  FROM ${valuesOf("ids", "g", id)}
  STRAIGHT_JOIN ${schema}.\`change\` FORCE INDEX (PRIMARY) ON \`change\`.id = g.value`);
}
