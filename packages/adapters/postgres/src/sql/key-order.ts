/**
 * Which delivery of a key goes first, whichever way they were written: a strategy may be switched
 * while deliveries wait, and workers with either revision of it run at once. A key's deliveries go
 * out in the order in which they were written, one at a time.
 *
 * Which comes first never changes: what folds keeps its place whatever folds into it, and a higher
 * id is never visible before a lower one, since all are written under the dispatcher lock. So two
 * claims at once agree, whatever their snapshots.
 */

/**
 * Whether a strategy has deliveries that were written one by one: else there is one delivery a key,
 * and nothing to look up for each. ORDER BY leaves no other index than the one that is made for it,
 * which a plan made on an empty table might choose.
 */
export function hasOrdered(schema: string, strategy: string): string {
  return `(SELECT o.ordinal FROM ${schema}.delivery AS o
            WHERE o.strategy = ${strategy} AND o.ordinal > 0 ORDER BY o.ordinal LIMIT 1) IS NOT NULL`;
}

/**
 * Whether another delivery of its key goes before the delivery `d`.
 *
 * - What was written one by one waits for all that was written before it, in whatever state. It
 *   waits for what folds while that is leased, too: that may have been written later, and have
 *   passed a dead letter that was requeued since.
 * - What folds waits for what was written before it, unless the first of that has stopped at a dead
 *   letter. By now it is written where there is nothing before it, and these are of older versions.
 */
export function mustWait(schema: string, d: string, now: string): string {
  return `coalesce((
     SELECT ${d}.ordinal > 0 OR o.state <> 'dead' FROM ${schema}.delivery AS o
      WHERE o.strategy = ${d}.strategy AND o.key = ${d}.key AND o.id <> ${d}.id
        AND o.ordinal < CASE ${d}.ordinal WHEN 0 THEN ${d}.id ELSE ${d}.ordinal END
        AND (o.ordinal > 0 OR o.id < ${d}.id OR (o.token IS NOT NULL AND o.due_at > ${now}))
      ORDER BY o.ordinal LIMIT 1), false)`;
}
