import { type OwnStatement, text } from "./statement.ts";

/**
 * All tables and views that are not the database's own, nor Syncline's (of `owner`, NULL for the
 * login's, and with the prefix), a row for each column: owner, name, 1 for a table whose rows are all
 * there, 1 if the login may read it, the column's name, type, length in bytes, in characters,
 * precision, scale, and its place in the key, NULL for none. The key is the primary one, else
 * another without NULLs.
 */
export const sourceTables: OwnStatement = {
  name: "source_tables",
  kind: "query",
  text: `SELECT c.owner, c.table_name, TO_CHAR(o.is_table) AS is_table,
       TO_CHAR(CASE WHEN c.owner = SYS_CONTEXT('USERENV', 'SESSION_USER')
                      OR EXISTS (
                      SELECT 1 FROM SYS.all_tab_privs p
                       WHERE p.table_schema = c.owner AND p.table_name = c.table_name AND p.privilege IN ('SELECT', 'READ'))
                      OR EXISTS (
                      SELECT 1 FROM SYS.session_privs s WHERE s.privilege IN ('SELECT ANY TABLE', 'READ ANY TABLE'))
                    THEN 1 ELSE 0 END) AS is_readable,
       c.column_name, c.data_type, TO_CHAR(c.data_length) AS length_in_bytes, TO_CHAR(c.char_length) AS letters,
       TO_CHAR(c.data_precision) AS digits, TO_CHAR(c.data_scale) AS places, TO_CHAR(x.position) AS place
  FROM SYS.all_tab_columns c
  JOIN (SELECT t.owner, t.table_name AS name,
               CASE WHEN EXISTS (SELECT 1 FROM SYS.all_mviews m WHERE m.owner = t.owner AND m.mview_name = t.table_name)
                      OR EXISTS (SELECT 1 FROM SYS.all_external_tables e WHERE e.owner = t.owner AND e.table_name = t.table_name)
                    THEN 0 ELSE 1 END AS is_table
          FROM SYS.all_tables t
         WHERE t.nested = 'NO' AND t.secondary = 'N' AND t.dropped = 'NO' AND t.temporary = 'N'
         UNION ALL
        SELECT v.owner, v.view_name, 0 FROM SYS.all_views v) o ON o.owner = c.owner AND o.name = c.table_name
  JOIN SYS.all_users u ON u.username = c.owner AND u.oracle_maintained = 'N'
  LEFT JOIN (
       SELECT q.owner, q.table_name,
              MIN(q.constraint_name) KEEP (DENSE_RANK FIRST ORDER BY q.constraint_type, q.constraint_name) AS constraint_name
         FROM SYS.all_constraints q
        WHERE q.constraint_type IN ('P', 'U') AND q.status = 'ENABLED'
          AND NOT EXISTS (
              SELECT 1 FROM SYS.all_cons_columns n
                JOIN SYS.all_tab_columns f ON f.owner = n.owner AND f.table_name = n.table_name AND f.column_name = n.column_name
               WHERE n.owner = q.owner AND n.constraint_name = q.constraint_name AND f.nullable = 'Y')
        GROUP BY q.owner, q.table_name) k ON k.owner = c.owner AND k.table_name = c.table_name
  LEFT JOIN SYS.all_cons_columns x
    ON x.owner = k.owner AND x.constraint_name = k.constraint_name AND x.column_name = c.column_name
 WHERE NOT (c.owner = NVL(:owner, SYS_CONTEXT('USERENV', 'SESSION_USER')) AND SUBSTR(c.table_name, 1, LENGTH(:prefix)) = :prefix)
 ORDER BY c.owner, c.table_name, c.column_id`,
  binds: { owner: text, prefix: text },
};
