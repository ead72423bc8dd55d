import { type OwnStatement, text } from "./statement.ts";

/**
 * A table or view by its name, a row for each column: 1 for a table whose rows are all there, 1 if a
 * policy may hide rows from this login, the column's name, type, length in bytes and scale. No row
 * if there is none, or the login may not see it.
 */
export const sourceTable: OwnStatement = {
  name: "source_table",
  kind: "query",
  text: `SELECT TO_CHAR(CASE WHEN EXISTS (
                      SELECT 1 FROM SYS.all_tables t WHERE t.owner = c.owner AND t.table_name = c.table_name)
                     AND NOT EXISTS (
                      SELECT 1 FROM SYS.all_mviews m WHERE m.owner = c.owner AND m.mview_name = c.table_name)
                     AND NOT EXISTS (
                      SELECT 1 FROM SYS.all_external_tables e WHERE e.owner = c.owner AND e.table_name = c.table_name)
                    THEN 1 ELSE 0 END) AS is_table,
       TO_CHAR(CASE WHEN EXISTS (
                      SELECT 1 FROM SYS.all_policies p
                       WHERE p.object_owner = c.owner AND p.object_name = c.table_name AND p.enable = 'YES' AND p.sel = 'YES')
                     AND NOT EXISTS (SELECT 1 FROM SYS.session_privs s WHERE s.privilege = 'EXEMPT ACCESS POLICY')
                    THEN 1 ELSE 0 END) AS is_filtered,
       c.column_name, c.data_type, TO_CHAR(c.data_length) AS length_in_bytes, TO_CHAR(c.data_scale) AS digits
  FROM SYS.all_tab_columns c
 WHERE c.owner = :owner AND c.table_name = :name
 ORDER BY c.column_id`,
  binds: { owner: text, name: text },
};
