/**
 * Locks the deliveries that are still leased as `given(id, token)` says, one after the other in its order, which is by id.
 *
 * The lateral sub-select cannot be flattened because it locks, so the plan is a nested loop and the order is kept: it is
 * the order in which a dispatch locks the rows it folds into, hence no deadlock. Under READ COMMITTED the locked
 * row is read in its newest version, so what is decided on it afterwards is exact even if a fold was committed between
 * this statement's snapshot and the lock.
 */
export function lockLeased(schema: string, columns: string): string {
  return `SELECT given.*, d.*
    FROM given
   CROSS JOIN LATERAL (
     SELECT ${columns} FROM ${schema}.delivery AS c WHERE c.id = given.id AND c.token = given.token FOR UPDATE) AS d`;
}
