import { beginOwn } from "./transaction-step.ts";

/** A number that no two running servers share: when it was started. */
export const serverMark = "pg_catalog.int8(pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()))";

/**
 * Asked by the login that reads, of its own processes: [server, how many are left]. By the head of their latest statement and not by
 * their number, which behind a pooler is anybody's a moment later. One text of the simple protocol, with a transaction around it, since
 * the view is read once per transaction.
 */
function endText(tag: string, action: string): string {
  return `${beginOwn}; SET LOCAL statement_timeout = 1000;
SELECT ${serverMark}, pg_catalog.count(*), pg_catalog.count(CASE WHEN ${action} THEN 1 END)
  FROM pg_catalog.pg_stat_activity
 WHERE backend_type = 'client backend' AND pg_catalog.starts_with(query, '${tag}');
COMMIT`;
}

/** @param tag of our own making: it goes into the text as it is. */
export function cancelText(tag: string): string {
  return endText(tag, "state = 'active' AND pg_catalog.pg_cancel_backend(pid)");
}

export function terminateText(tag: string): string {
  return endText(tag, "pg_catalog.pg_terminate_backend(pid)");
}

/** For a login that may do neither. */
export function watchText(tag: string): string {
  return endText(tag, "false");
}
