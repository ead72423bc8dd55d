import type { OwnStatement } from "./statement.ts";

/** Who reads. */
export const loginName: OwnStatement = {
  name: "login_name",
  kind: "query",
  text: "SELECT SYS_CONTEXT('USERENV', 'SESSION_USER') AS login FROM SYS.dual",
  binds: {},
};

const outward = [
  "UTL_HTTP",
  "UTL_FILE",
  "UTL_TCP",
  "UTL_SMTP",
  "UTL_INADDR",
  "HTTPURITYPE",
  "DBMS_SCHEDULER",
  "DBMS_SQL",
];

/** What the login has of what reading does not need. Rows of a kind and of what it is. */
export const surplusRights: OwnStatement = {
  name: "surplus_rights",
  kind: "query",
  text: `SELECT 'privilege' AS kind, p.privilege AS what
  FROM SYS.session_privs p
 WHERE p.privilege NOT IN ('CREATE SESSION', 'EXEMPT ACCESS POLICY')
 UNION ALL
SELECT 'write', t.owner || '.' || t.table_name
  FROM SYS.all_tab_privs t
 WHERE t.grantee = SYS_CONTEXT('USERENV', 'SESSION_USER') AND t.privilege IN ('INSERT', 'UPDATE', 'DELETE', 'ALTER')
 UNION ALL
SELECT 'own', u.table_name FROM SYS.user_tables u
 UNION ALL
SELECT 'lock', t.owner || '.' || t.table_name
  FROM SYS.all_tab_privs t
 WHERE t.grantee = SYS_CONTEXT('USERENV', 'SESSION_USER') AND t.privilege = 'SELECT'
 UNION ALL
SELECT 'outward', t.table_name
  FROM SYS.all_tab_privs t
 WHERE t.grantee IN (SYS_CONTEXT('USERENV', 'SESSION_USER'), 'PUBLIC') AND t.privilege = 'EXECUTE'
   AND t.table_name IN (${outward.map((name) => `'${name}'`).join(", ")})`,
  binds: {},
};
