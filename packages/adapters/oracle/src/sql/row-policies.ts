import { type OwnStatement, text } from "./statement.ts";

/**
 * A table of one of these names (a JSON list of at most 4,000 bytes), whose rows a policy of Virtual Private
 * Database may hide from this login. By name alone, since a synonym may stand for the table; views
 * over it are not seen through.
 */
export const rowPolicies: OwnStatement = {
  name: "row_policies",
  kind: "query",
  text: `SELECT p.object_owner || '.' || p.object_name AS hidden
  FROM SYS.all_policies p
 WHERE p.enable = 'YES' AND p.sel = 'YES'
   AND p.object_name IN (
         SELECT j.name FROM JSON_TABLE(:names, '$[*]' ERROR ON ERROR COLUMNS (name VARCHAR2(128) PATH '$')) j)
   AND NOT EXISTS (SELECT 1 FROM SYS.session_privs s WHERE s.privilege = 'EXEMPT ACCESS POLICY')
   AND ROWNUM = 1`,
  binds: { names: text },
};
