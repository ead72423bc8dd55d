/**
 * For a statement that is sent together with its BEGIN: were that to fail alone, as when it is cancelled, the statement would
 * be a transaction of its own.
 */
export const markBegun = "SET LOCAL syncline.begun = 'true'";

/**
 * True in a transaction that has begun, and an error everywhere else: outside of it, and on another node of a distributed server,
 * to which the setting did not come along. It never yields false, which would look like a table without rows.
 */
export const hasBegun = "pg_catalog.current_setting('syncline.begun')::pg_catalog.bool";

/** Whether a server's message is about the guard: the statement ran where the setting is not known. */
export function isAboutGuard(message: string): boolean {
  return message.includes("syncline.begun");
}
