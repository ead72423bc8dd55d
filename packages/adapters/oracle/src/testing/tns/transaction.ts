import type { TnsCall } from "./call.ts";

/** Whether a transaction is under way after a statement went well. In Oracle it begins with the first change or lock. */
export function transactionAfter(
  { sql, isQuery, isPlsql, commit }: Pick<TnsCall, "sql" | "isQuery" | "isPlsql" | "commit">,
  before: boolean,
): boolean {
  if (commit) return false;
  if (isPlsql) return true;
  if (isQuery) return before || /\bFOR\s+UPDATE\b/i.test(sql);
  if (/^\s*(INSERT|UPDATE|DELETE|MERGE|SET\s+TRANSACTION|SAVEPOINT|LOCK)\b/i.test(sql)) return true;
  // DDL commits; so do COMMIT and ROLLBACK as statements, each in its way.
  return /^\s*(?:ALTER\s+SESSION|ROLLBACK\s+TO)\b/i.test(sql) ? before : false;
}
