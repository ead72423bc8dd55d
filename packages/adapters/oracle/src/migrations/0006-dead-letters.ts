import { nameOf, type Place } from "../sql/names.ts";

/**
 * What is dead or held, by id: without it, a page of dead letters was looked for among all pending
 * deliveries. Those have NULL there, and Oracle keeps no entry of an index for that.
 */
export function deadLetters(place: Place): readonly string[] {
  return [
    `CREATE INDEX ${nameOf(place, "delivery_dead")} ON ${nameOf(place, "delivery")} (CASE WHEN state <> 'pending' THEN id END)`,
  ];
}
