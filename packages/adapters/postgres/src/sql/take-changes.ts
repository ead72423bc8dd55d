import { changeColumns } from "@syncline/core/adapter-kit";
import { bigint } from "./parameters.ts";
import { spelling } from "./spelling.ts";
import { byKeys, statement } from "./statement.ts";
import { hasBegun } from "./transaction-step.ts";

/**
 * Takes the dispatcher lock and the oldest changes.
 *
 * Always one row at least. The first one begins with the strategies' revision, which is NULL without the lock, the id that was found
 * first, NULL without a change, and how long the statement took.
 *
 * - The lock is taken only if there is a change to take, so an idle poll writes nothing: a row lock is a write.
 * - Whether there is one is asked by min(id), which goes by the index; EXISTS would walk through the pages of all that was
 *   deleted and not yet vacuumed (an idle dispatch after 80,000 changes: 1.8 ms).
 * - A range of ids reads exactly those found, by the primary key, whatever the statistics say of a table that is empty one
 *   moment and full the next; a join may become a hash over all of it. It goes down the index once: 2.5 µs a change, and
 *   3.0 with `id = ANY (ARRAY(…))`, which does so for each.
 * - Outside of a transaction it finds nothing: it is sent together with the BEGIN that it relies on.
 * - The changes are those that this statement's snapshot sees. Ids are not commit order, so there is no cursor.
 * - The revision of the strategies is read from the locked row, in its newest version: a change that was committed
 *   together with a strategy, or after it, is never routed without it.
 */
export function takeChanges(schema: string) {
  return statement(
    "take",
    { limit: bigint, after: bigint },
    ({ limit, after }) => `WITH ${firstChange(schema, after)}, ${dispatcherLock(schema)}, taken AS (
  DELETE FROM ${schema}.change
   WHERE id >= (SELECT id FROM first)
     AND id <= (SELECT max(id) FROM (
       SELECT id FROM ${schema}.change
        WHERE id >= (SELECT id FROM first) AND EXISTS (SELECT FROM held)
        ORDER BY id LIMIT ${limit}) AS oldest)
  ${takenRows}
)
${takenAnswer("first.id")}`,
    byKeys,
  );
}

export function firstChange(schema: string, after: string): string {
  return `first AS MATERIALIZED (
  SELECT min(id) AS id FROM ${schema}.change WHERE id > ${after} AND ${hasBegun}
)`;
}

export function dispatcherLock(schema: string): string {
  return `held AS MATERIALIZED (
  SELECT strategies_revision FROM ${schema}.dispatcher
   WHERE id = 1 AND (SELECT id FROM first) IS NOT NULL
     FOR UPDATE SKIP LOCKED
)`;
}

export const takenRows = `RETURNING ${changeColumns.list(spelling)}`;

/** What is said once stands in front of the columns of a change. */
export const saidOnce = 3;

/** @param lowest the lowest id that is taken: in its row stands what is said once. */
export function takenAnswer(lowest: string, ...more: readonly string[]): string {
  const once = (expression: string) =>
    `CASE WHEN taken.id IS NULL OR taken.id = ${lowest} THEN ${expression}::text END`;
  const columns = [
    once("held.strategies_revision"),
    once("first.id"),
    once("(date_part('epoch', clock_timestamp() - statement_timestamp()) * 1000)"),
    changeColumns.select(spelling, { from: "taken." }),
    ...more.map(once),
  ];
  return `SELECT ${columns.join(",\n       ")}
  FROM first
  LEFT JOIN held ON true
  LEFT JOIN taken ON true
 ORDER BY taken.id`;
}
