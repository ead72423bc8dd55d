import { instant } from "./column-types.ts";
import { type OwnStatement, singleStatement } from "./statement.ts";

/**
 * Who holds the dispatcher's row, or all of a table that a dispatch needs. Rows of: session,
 * transaction, table, login, program, address, state, since (epoch ms). It reads views of the
 * server's memory alone, so it waits for no lock; what it names is nobody's statement. The age goes
 * by the server's local clock, as the views do.
 */
export function blockers(schemaName: string): OwnStatement {
  return singleStatement(
    "blockers",
    `SELECT DISTINCT CAST(l.request_session_id AS nvarchar(20)), CAST(l.request_owner_id AS nvarchar(30)), o.name,
       s.login_name, s.program_name, c.client_net_address, s.status,
       DATEDIFF_BIG(millisecond, CAST('1970-01-01' AS ${instant}), SYSUTCDATETIME())
         - DATEDIFF_BIG(millisecond, t.transaction_begin_time, SYSDATETIME())
  FROM sys.dm_tran_locks AS l
  LEFT JOIN sys.partitions AS p ON l.resource_type IN ('KEY', 'PAGE', 'RID') AND p.hobt_id = l.resource_associated_entity_id
  JOIN sys.objects AS o ON o.object_id = CASE l.resource_type WHEN 'OBJECT' THEN l.resource_associated_entity_id ELSE p.object_id END
  JOIN sys.dm_exec_sessions AS s ON s.session_id = l.request_session_id
  LEFT JOIN sys.dm_exec_connections AS c ON c.session_id = s.session_id AND c.parent_connection_id IS NULL
  LEFT JOIN sys.dm_tran_active_transactions AS t ON t.transaction_id = l.request_owner_id
 WHERE l.resource_database_id = DB_ID() AND l.request_status = 'GRANT' AND l.request_session_id <> @@SPID
   AND o.schema_id = SCHEMA_ID('${schemaName}')
   AND ((o.name = 'dispatcher' AND l.resource_type <> 'OBJECT' AND l.request_mode IN ('U', 'X', 'RangeS-U', 'RangeX-X'))
     OR (o.name IN ('dispatcher', 'change', 'delivery', 'strategy', 'pause') AND l.resource_type = 'OBJECT'
         AND l.request_mode IN ('S', 'U', 'X', 'SIX', 'UIX', 'Sch-M')));`,
  );
}
