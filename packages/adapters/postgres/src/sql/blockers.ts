/**
 * The transaction that has locked or changed the dispatcher's row last, if it still runs. Waits for
 * a lock on the table.
 */
export function dispatcherHolder(schema: string): string {
  return `SELECT xmax::pg_catalog.text FROM ${schema}.dispatcher WHERE id OPERATOR(pg_catalog.=) 1`;
}

/** Several that share the lock: what the row names then is a list. An error where it names none. */
export const sharedHolders = "SELECT xid::pg_catalog.text FROM pg_catalog.pg_get_multixact_members($1::pg_catalog.xid)";

/**
 * How long the question for the dispatcher's row may wait itself. Another that waits for the table
 * is found by that.
 */
export const holderPatience = "SET LOCAL lock_timeout = '200ms'";

/**
 * Who is in the way: `$1` the schema's name, `$2` the transactions that hold the dispatcher's row,
 * `$3` the schema, quoted, as our statements name it. From the system's views alone, which wait for
 * nobody.
 *
 * - Who waits are statements of this login that name the schema. Whom they wait for may wait in
 *   turn: it is the end of the chain that is named, since the rest would go on without it.
 * - Of others' sessions everybody sees process, role and application; address, state and age need
 *   pg_read_all_stats. What a session runs is not asked for: a statement may hold data.
 * - A prepared transaction has no process (0).
 */
export const blockingSessions = `WITH RECURSIVE own AS (
  SELECT c.oid, n.nspname || '.' || c.relname AS name
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
   WHERE n.nspname = $1::name AND c.relkind = 'r'
), holder AS (
  SELECT coalesce(l.pid, 0) AS pid, l.virtualtransaction
    FROM pg_catalog.pg_locks AS l
   WHERE l.locktype = 'transactionid' AND l.granted AND l.transactionid::text = ANY ($2::text[])
), chain AS (
  SELECT h.pid FROM holder AS h
  UNION
  SELECT unnest(pg_catalog.pg_blocking_pids(a.pid))
    FROM pg_catalog.pg_stat_activity AS a
   WHERE a.usesysid = (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user)
     AND a.datname = current_database() AND a.wait_event_type = 'Lock'
     AND pg_catalog.strpos(a.query, $3::text || '.') > 0
  UNION
  SELECT b.pid FROM chain AS c CROSS JOIN LATERAL unnest(pg_catalog.pg_blocking_pids(c.pid)) AS b(pid) WHERE c.pid > 0
), ends AS (
  SELECT c.pid FROM chain AS c WHERE c.pid > 0 AND pg_catalog.cardinality(pg_catalog.pg_blocking_pids(c.pid)) = 0
), held AS (
  SELECT l.pid, l.virtualtransaction, string_agg(DISTINCT l.mode || ' on ' || o.name, ', ') AS holds
    FROM pg_catalog.pg_locks AS l JOIN own AS o ON o.oid = l.relation
   WHERE l.granted AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())
   GROUP BY l.pid, l.virtualtransaction
)
SELECT e.pid::text,
       (SELECT min(v.virtualtransaction) FROM pg_catalog.pg_locks AS v WHERE v.pid = e.pid),
       CASE WHEN e.pid IN (SELECT h.pid FROM holder AS h) THEN 'the row of ' || $1::text || '.dispatcher'
            ELSE (SELECT h.holds FROM held AS h WHERE h.pid = e.pid LIMIT 1) END,
       coalesce(a.usename, a.backend_type)::text, a.application_name, pg_catalog.host(a.client_addr), a.state,
       (extract(epoch FROM a.xact_start) * 1000)::bigint::text,
       (a.backend_type IS NULL)::text
  FROM ends AS e JOIN pg_catalog.pg_stat_activity AS a ON a.pid = e.pid
UNION ALL
SELECT 'prepared ' || p.gid, p.transaction::text,
       CASE WHEN x.virtualtransaction IN (SELECT h.virtualtransaction FROM holder AS h)
            THEN 'the row of ' || $1::text || '.dispatcher' ELSE h.holds END,
       p.owner::text, NULL, NULL, 'prepared', (extract(epoch FROM p.prepared) * 1000)::bigint::text, 'false'
  FROM pg_catalog.pg_prepared_xacts AS p
  JOIN pg_catalog.pg_locks AS x ON x.locktype = 'transactionid' AND x.transactionid = p.transaction AND x.pid IS NULL
  JOIN held AS h ON h.pid IS NULL AND h.virtualtransaction = x.virtualtransaction
 WHERE EXISTS (SELECT FROM chain AS c WHERE c.pid = 0)
   AND h.holds <> 'RowExclusiveLock on ' || $1::text || '.change'
 ORDER BY 1`;
