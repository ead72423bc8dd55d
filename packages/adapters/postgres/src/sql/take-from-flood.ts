import { bigint, float8, list, optional, text } from "./parameters.ts";
import { byKeys, statement } from "./statement.ts";
import { dispatcherLock, firstChange, takenAnswer, takenRows } from "./take-changes.ts";
import { unnest } from "./unnest.ts";

/**
 * Takes the dispatcher lock, and changes while there are floods (`FloodWatch`): first those of no
 * flood, so that they do not wait for one; then the oldest of each flood, as many as its share.
 *
 * `others` are of no flood: the id after which they are looked for, and how many at most. `span`: how
 * many ids each part looks at. Of each flood: its category, or the strategy of a backfill; the id
 * after which it is looked for; its share.
 *
 * Answers as `takeChanges` does. In the first row stands also the highest id that there is.
 *
 * - All by the primary key: no index is kept for what is seldom. So each part looks at ids that
 *   others have in between, and at no more of them than `span`: where the table ends, what was seen
 *   is the highest id, and where it does not, the caller knows how far it came.
 * - The arrays without their NULLs come from sub-selects, which are run once and not for each row.
 */
export function takeFromFlood(schema: string) {
  const first = "(SELECT id FROM first)";
  return statement(
    "take_from_flood",
    {
      ...{ limit: bigint, after: bigint, othersAfter: bigint, others: bigint, span: bigint },
      ...{ categories: list(optional(text)), strategies: list(optional(text)) },
      ...{ afters: list(bigint), shares: list(float8) },
    },
    (given) => `WITH ${firstChange(schema, given.after)}, ${dispatcherLock(schema)}, others AS MATERIALIZED (
  SELECT c.id FROM ${schema}.change AS c
   WHERE c.id >= ${first} AND c.id > ${given.othersAfter} AND c.id <= greatest(${given.othersAfter}, ${first}) + ${given.span}
     AND EXISTS (SELECT FROM held)
     AND CASE WHEN c.strategy IS NULL
              THEN c.category <> ALL ((SELECT array_remove(${given.categories}, NULL))::text[])
              ELSE c.strategy <> ALL ((SELECT array_remove(${given.strategies}, NULL))::text[]) END
   ORDER BY c.id LIMIT ${given.others}
), left_over AS MATERIALIZED (
  SELECT ${given.limit} - count(*) AS count FROM others
), flooded AS MATERIALIZED (
  SELECT f.id
    FROM ${unnest(given.categories, given.strategies, given.afters, given.shares)} AS flood(category, strategy, after, share)
   CROSS JOIN LATERAL (
     SELECT c.id FROM ${schema}.change AS c
      WHERE c.id >= ${first} AND c.id > flood.after AND c.id <= greatest(flood.after, ${first}) + ${given.span}
        AND EXISTS (SELECT FROM held)
        AND CASE WHEN flood.strategy IS NULL THEN c.strategy IS NULL AND c.category = flood.category
                 ELSE c.strategy = flood.strategy END
      ORDER BY c.id LIMIT ceil((SELECT count FROM left_over) * flood.share)) AS f
   LIMIT (SELECT count FROM left_over)
), taken AS (
  DELETE FROM ${schema}.change
   WHERE id = ANY (ARRAY(SELECT id FROM others UNION ALL SELECT id FROM flooded))
  ${takenRows}
), lowest AS MATERIALIZED (
  SELECT min(id) AS id FROM taken
)
${takenAnswer("(SELECT id FROM lowest)", `(SELECT max(id) FROM ${schema}.change)`)}`,
    byKeys,
  );
}
