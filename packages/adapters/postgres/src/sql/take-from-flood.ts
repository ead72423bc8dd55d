import { dispatcherLock, firstChange, takenAnswer, takenRows } from "./take-changes.ts";
import { unnest } from "./unnest.ts";

/**
 * Takes the dispatcher lock, and changes while there are floods (`FloodWatch`): first those of no
 * flood, so that they do not wait for one; then the oldest of each flood, as many as its share.
 *
 * `$1` how many at most, `$2` the id after which to look. Of no flood: `$3` the id after which they
 * are looked for, `$4` how many at most. `$5` how many ids each part looks at. Floods: `$6`
 * categories, NULL for a backfill, `$7` strategies of backfills, `$8` ids after which they are
 * looked for, `$9` shares.
 *
 * Answers as `takeChanges` does. In the first row stands also the highest id that there is.
 *
 * - All by the primary key: no index is kept for what is seldom. So each part looks at ids that
 *   others have in between, and at no more of them than `$5`: where the table ends, what was seen
 *   is the highest id, and where it does not, the caller knows how far it came.
 * - The arrays without their NULLs come from sub-selects, which are run once and not for each row.
 */
export function takeFromFlood(schema: string): string {
  const first = "(SELECT id FROM first)";
  return `WITH ${firstChange(schema)}, ${dispatcherLock(schema)}, others AS MATERIALIZED (
  SELECT c.id FROM ${schema}.change AS c
   WHERE c.id >= ${first} AND c.id > $3::bigint AND c.id <= greatest($3::bigint, ${first}) + $5::bigint
     AND EXISTS (SELECT FROM held)
     AND CASE WHEN c.strategy IS NULL
              THEN c.category <> ALL ((SELECT array_remove($6::text[], NULL))::text[])
              ELSE c.strategy <> ALL ((SELECT array_remove($7::text[], NULL))::text[]) END
   ORDER BY c.id LIMIT $4::bigint
), left_over AS MATERIALIZED (
  SELECT $1::bigint - count(*) AS count FROM others
), flooded AS MATERIALIZED (
  SELECT f.id
    FROM ${unnest("$6::text[]", "$7::text[]", "$8::bigint[]", "$9::float8[]")} AS flood(category, strategy, after, share)
   CROSS JOIN LATERAL (
     SELECT c.id FROM ${schema}.change AS c
      WHERE c.id >= ${first} AND c.id > flood.after AND c.id <= greatest(flood.after, ${first}) + $5::bigint
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
${takenAnswer("(SELECT id FROM lowest)", `(SELECT max(id) FROM ${schema}.change)`)}`;
}
