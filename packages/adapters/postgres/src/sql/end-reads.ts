import { beginAsking } from "./transaction-step.ts";

/** A number that no two running servers share: when it was started. */
export const serverMark = "pg_catalog.int8(pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()))";

export interface ReadMark {
  /** Heads every statement of the read, and no other. Of our own making: it goes into texts as it is. */
  readonly tag: string;
  /** The process that its connection had when it was made. */
  readonly pid: number | undefined;
}

/**
 * Asked by the login that reads, of its own processes: [server, how many are left]. By the head of
 * their latest statement and not by their number, which behind a pooler is anybody's a moment
 * later. Where `track_activities` is off, no statement is seen: then the read is left for as long
 * as the process with its number is there, and nothing is done to that one. One text of the simple
 * protocol, with a transaction around it, since the view is read once per transaction. As the login
 * itself, since another role that it begins with (`ALTER ROLE … SET role`) sees none of its
 * statements.
 */
function endText({ tag, pid }: ReadMark, action: string): string {
  return `${beginAsking}; SET LOCAL ROLE NONE; SET LOCAL statement_timeout = 1000;
SELECT ${serverMark}, pg_catalog.count(*), pg_catalog.count(CASE WHEN state = 'disabled' THEN NULL WHEN ${action} THEN 1 END)
  FROM pg_catalog.pg_stat_activity
 WHERE backend_type = 'client backend'
   AND (pg_catalog.starts_with(query, '${tag}') OR (state = 'disabled' AND pid = ${Number.isInteger(pid) ? pid : "NULL"}));
COMMIT`;
}

export function cancelText(read: ReadMark): string {
  return endText(read, "state = 'active' AND pg_catalog.pg_cancel_backend(pid)");
}

export function terminateText(read: ReadMark): string {
  return endText(read, "pg_catalog.pg_terminate_backend(pid)");
}

/** For a login that may do neither. */
export function watchText(read: ReadMark): string {
  return endText(read, "false");
}
