import type { Examination, Told } from "@syncline/core/adapter-kit";
import type { Connections } from "../connections.ts";
import { ownStatement } from "../sql/statement.ts";

/**
 * What keeps vacuum from taking dead rows away, a row each: [kind, name, seconds, transactions, more]. Of sessions whose
 * details are not shown, `backend_xmin` still is.
 */
const holders = ownStatement(
  "horizon_holders",
  `SELECT 'session', a.pid::text, extract(epoch FROM clock_timestamp() - a.xact_start)::bigint::text, age(a.backend_xmin)::text,
       concat_ws(', ', 'role ' || a.usename, 'application ' || nullif(a.application_name, ''), a.state)
  FROM pg_stat_activity AS a
 WHERE a.pid <> pg_backend_pid() AND a.backend_type IN ('client backend', 'walsender')
   AND (a.xact_start < clock_timestamp() - make_interval(secs => $1::float8) OR age(a.backend_xmin) > $2::int)
 UNION ALL
SELECT 'hidden', count(*)::text, NULL, NULL, NULL FROM pg_stat_activity AS a
 WHERE a.backend_type IS NULL AND a.pid <> pg_backend_pid() AND a.usesysid IS NOT NULL HAVING count(*) > 0
 UNION ALL
SELECT 'prepared', p.gid, extract(epoch FROM clock_timestamp() - p.prepared)::bigint::text, age(p.transaction)::text, 'owner ' || p.owner
  FROM pg_prepared_xacts AS p WHERE p.prepared < clock_timestamp() - make_interval(secs => $1::float8)
 UNION ALL
SELECT 'slot', s.slot_name, NULL, greatest(age(s.xmin), age(s.catalog_xmin))::text,
       concat_ws(', ', s.slot_type, CASE WHEN s.active THEN 'active' ELSE 'inactive' END)
  FROM pg_replication_slots AS s WHERE greatest(age(s.xmin), age(s.catalog_xmin)) > $2::int OR NOT s.active
 ORDER BY 1, 2`,
);

const mostSeconds = 300;
const mostTransactions = 100_000;

const why =
  "Vacuum takes nothing away that it might still see: with one snapshot held, a claim read 38,535 pages instead of 6.";

/** Old transactions, prepared ones and replication slots that hold dead rows back. */
export function horizonOf(connections: Connections): Examination {
  return {
    check: "horizon",
    at: "old transactions",
    look: async (_, signal) => {
      const rows = await connections.run(holders, [mostSeconds, mostTransactions], signal);
      const found = rows.map(([kind, name, seconds, transactions, more]): Told => {
        const old = [
          ...(seconds === null || seconds === undefined ? [] : [`for ${seconds} s`]),
          ...(transactions === null || transactions === undefined ? [] : [`${transactions} transactions back`]),
        ].join(", ");
        switch (kind) {
          case "session":
            return {
              level: "warn",
              at: `session ${name}`,
              message: `Its transaction is open ${old || "since long"} (${more}).`,
              why,
              remedy: [
                `SELECT pg_terminate_backend(${name})`,
                "ALTER ROLE … SET idle_in_transaction_session_timeout = '30s'",
              ],
            };
          case "prepared":
            return {
              level: "warn",
              at: `prepared transaction ${name}`,
              message: `It waits ${old} for its second phase (${more}). It keeps its locks, too.`,
              why,
              remedy: [`ROLLBACK PREPARED '${(name ?? "").replaceAll("'", "''")}'`],
            };
          case "slot":
            return {
              level: "warn",
              at: `replication slot ${name}`,
              message: `It is kept${old === "" ? "" : ` ${old}`} (${more}).`,
              why: `${why} An inactive one keeps all WAL as well, until the disk is full.`,
              remedy: [`SELECT pg_drop_replication_slot('${(name ?? "").replaceAll("'", "''")}')`],
            };
          default:
            return {
              level: "unknown",
              at: "sessions of others",
              message: `When ${name} of them began is hidden from this login.`,
              remedy: ["GRANT pg_read_all_stats TO <this login>"],
            };
        }
      });
      if (found.some(({ level }) => level === "warn")) return found;
      const message = `No transaction, prepared one or slot is older than ${mostSeconds / 60} min or ${mostTransactions} transactions${found.length > 0 ? ", as far as this login sees" : ""}.`;
      return [...found, ...(found.length > 0 ? [] : [{ level: "ok" as const, at: "old transactions", message }])];
    },
  };
}
