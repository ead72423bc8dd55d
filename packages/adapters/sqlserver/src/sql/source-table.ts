import { type OwnStatement, singleStatement } from "./statement.ts";

/**
 * A table or view by its name, a row for each column: schema and name as the catalog has them, 1 for
 * a table of this database, 1 if a security policy hides rows of it, 1 if the login would see that,
 * the column's name, its type's and its scale. No row if there is none, or the login may not see it.
 *
 * Who may not see a policy's definition finds no policy at all.
 */
export const sourceTable: OwnStatement = singleStatement(
  "source-table",
  `SELECT s.name, o.name,
       CASE WHEN EXISTS (SELECT 1 FROM sys.tables AS e WHERE e.object_id = o.object_id AND e.is_external = 0) THEN 1 ELSE 0 END,
       CASE WHEN EXISTS (
              SELECT 1 FROM sys.security_predicates AS p
                JOIN sys.security_policies AS y ON y.object_id = p.object_id
               WHERE p.target_object_id = o.object_id AND p.predicate_type = 0 AND y.is_enabled = 1)
            THEN 1 ELSE 0 END,
       COALESCE(HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'VIEW DEFINITION'), 0), c.name, COALESCE(b.name, t.name), c.scale
  FROM sys.objects AS o
  JOIN sys.schemas AS s ON s.schema_id = o.schema_id
  JOIN sys.columns AS c ON c.object_id = o.object_id
  JOIN sys.types AS t ON t.user_type_id = c.user_type_id
  LEFT JOIN sys.types AS b ON b.user_type_id = t.system_type_id
 WHERE s.name = @schema AND o.name = @name AND o.type IN ('U', 'V')
 ORDER BY c.column_id;`,
  { schema: "nvarchar(400)", name: "nvarchar(400)" },
);
