/**
 * What a role may in a schema, by itself, by a role that it is a member of, or as everybody: a row for each right, [kind,
 * name, column, right], the column empty where it is the whole table's. Before them what makes each of them moot: [`no
 * role`], [`superuser`], [`owner`], [`attribute`, name]. `$1`: the schema, `$2`: the role.
 */
export const roleRights = `WITH who AS (
  SELECT r.* FROM pg_roles AS r WHERE r.rolname = $2
), own AS (
  SELECT c.* FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')
), rights AS (
  SELECT 0 AS rank, 'no role' AS kind, '' AS name, '' AS "column", '' AS "right" WHERE NOT EXISTS (SELECT FROM who)
  UNION ALL
  SELECT 0, 'superuser', '', '', '' FROM who WHERE rolsuper
  UNION ALL
  SELECT 0, 'owner', '', '', '' FROM who WHERE NOT rolsuper AND EXISTS (SELECT FROM own AS c WHERE pg_has_role(who.oid, c.relowner, 'MEMBER'))
  UNION ALL
  SELECT 0, 'attribute', a.name, '', '' FROM who CROSS JOIN LATERAL (VALUES ('CREATEROLE', who.rolcreaterole), ('REPLICATION', who.rolreplication)) AS a(name, has)
   WHERE a.has AND NOT who.rolsuper
  UNION ALL
  SELECT 1, 'SCHEMA', '', '', p.name FROM who CROSS JOIN pg_namespace AS n CROSS JOIN (VALUES ('USAGE'), ('CREATE')) AS p(name)
   WHERE n.nspname = $1 AND has_schema_privilege(who.oid, n.oid, p.name)
  UNION ALL
  SELECT 2, 'TABLE', c.relname, '', p.name FROM who CROSS JOIN own AS c
   CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) AS p(name)
   WHERE has_table_privilege(who.oid, c.oid, p.name)
  UNION ALL
  SELECT 3, 'TABLE', c.relname, a.attname, p.name FROM who CROSS JOIN own AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE')) AS p(name)
   WHERE NOT has_table_privilege(who.oid, c.oid, p.name) AND has_column_privilege(who.oid, c.oid, a.attnum, p.name)
  UNION ALL
  SELECT 4, 'SEQUENCE', c.relname, '', p.name FROM who CROSS JOIN pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
   CROSS JOIN (VALUES ('USAGE'), ('SELECT'), ('UPDATE')) AS p(name)
   WHERE n.nspname = $1 AND c.relkind = 'S' AND has_sequence_privilege(who.oid, c.oid, p.name)
     AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i')
)
SELECT kind, name, "column", "right" FROM rights ORDER BY rank, kind, name, "column", "right"`;

/** Our tables. `$1`: the schema. */
export const ownTables = `SELECT c.relname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') ORDER BY 1`;
