/**
 * For a statement that is sent together with its BEGIN: were that to fail alone, as when it is cancelled, the statement would
 * be a transaction of its own.
 */
export const markBegun = "SET LOCAL syncline.step = 'begun'";

/** True in a transaction that has begun, and nowhere else. */
export const hasBegun = "pg_catalog.current_setting('syncline.step', true) = 'begun'";
