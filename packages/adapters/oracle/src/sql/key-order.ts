import { localName, nameOf, type Place } from "./names.ts";

/**
 * Which delivery of a key goes first, whichever way they were written: a strategy may be switched
 * while deliveries wait, and workers with either revision of it run at once. A key's deliveries go
 * out in the order in which they were written, one at a time.
 *
 * One that was written by itself has its id for an ordinal; what folds has the ordinal 0 and keeps
 * its place. A higher id is never visible before a lower one, since all are written under the
 * dispatcher lock. So two claims at once agree, whatever their snapshots.
 */

/**
 * Whether a delivery `d` is its key's next.
 *
 * - One that was written by itself is held back by what was written before it, in whatever state:
 *   one that is dead or held stops its key until a person has requeued or discarded it. So is it by
 *   a lease of what folds, also where that was written later and has passed a dead letter that was
 *   requeued since.
 * - What folds is held back by what was written before it, unless that has stopped at a dead letter.
 *   By now it is written where there is nothing before it, and these are of older versions.
 * - NO_UNNEST, since as a join it would be answered for the whole backlog before the first row is
 *   fetched. The index over (strategy, key, ordinal) answers by its first entries, however many
 *   deliveries a key has.
 */
export function isNextOfKey(place: Place, now: string): string {
  return `(d.ordinal > 0 AND NOT EXISTS (
             SELECT ${hint(place, "o")} 1 FROM ${nameOf(place, "delivery")} o
              WHERE o.strategy = d.strategy AND o.key = d.key AND o.ordinal < d.ordinal
                AND (o.ordinal > 0 OR o.id < d.id OR (o.token IS NOT NULL AND SYS_EXTRACT_UTC(o.due_at) > ${now})))
          OR d.ordinal = 0 AND NOT EXISTS (
             SELECT ${hint(place, "o")} 1 FROM ${nameOf(place, "delivery")} o
              WHERE o.strategy = d.strategy AND o.key = d.key AND o.ordinal < d.id AND ${holdsBackWhatFolds(place)}))`;
}

/**
 * Of a delivery `o`: it is the first of its key that was written by itself, and has not stopped at
 * a dead letter.
 */
function holdsBackWhatFolds(place: Place): string {
  return `o.ordinal > 0 AND o.state <> 'dead'
                AND NOT EXISTS (
                      SELECT ${hint(place, "f")} 1 FROM ${nameOf(place, "delivery")} f
                       WHERE f.strategy = o.strategy AND f.key = o.key AND f.ordinal > 0 AND f.ordinal < o.ordinal)`;
}

function hint(place: Place, alias: string): string {
  return `/*+ NO_UNNEST INDEX(${alias} ${localName(place, "delivery_uk")}) */`;
}
