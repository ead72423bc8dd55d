import { now } from "./spelling.ts";

/**
 * Whether another delivery of its key goes before the delivery `d`. Which comes first never changes:
 * what folds keeps its place whatever folds into it, and a higher id is never visible before a lower
 * one, since all are written under the dispatcher lock. So two claims at once agree, whatever their
 * snapshots.
 *
 * - What was written one by one waits for all that was written before it, in whatever state. It
 *   waits for what folds while that is leased, too: that may have been written later, and have
 *   passed a dead letter that was requeued since.
 * - What folds waits for what was written before it, unless the first of that has stopped at a dead
 *   letter. By now it is written where there is nothing before it, and these are of older versions.
 */
export function mustWait(schema: string, d: string): string {
  return `COALESCE((
     SELECT ${d}.ordinal > 0 OR o.state <> 'dead' FROM ${schema}.delivery AS o FORCE INDEX (delivery_key)
      WHERE o.strategy = ${d}.strategy AND o.key = ${d}.key AND o.id <> ${d}.id
        AND o.ordinal < CASE ${d}.ordinal WHEN 0 THEN ${d}.id ELSE ${d}.ordinal END
        AND (o.ordinal > 0 OR o.id < ${d}.id OR (o.token IS NOT NULL AND o.due_at > ${now}))
      ORDER BY o.ordinal LIMIT 1), false)`;
}
