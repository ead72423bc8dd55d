import { type OwnStatement, singleStatement } from "./statement.ts";

/**
 * All tables and views but those of `@own`, Syncline's schema, a row for each column: schema, name,
 * 1 for a table of this database, 1 if the login may read it, the column's name, its type's, its
 * length in bytes, precision and scale, and its place in the key (NULL: in none). The key is the
 * primary one, else another unique one without NULLs.
 */
export const sourceTables: OwnStatement = singleStatement(
  "source-tables",
  `SELECT o.owner, o.name, o.is_table, o.is_readable, c.name, COALESCE(b.name, t.name), c.max_length, c.precision, c.scale, x.key_ordinal
  FROM (
    SELECT a.object_id, s.name AS owner, a.name,
           CASE WHEN EXISTS (SELECT 1 FROM sys.tables AS e WHERE e.object_id = a.object_id AND e.is_external = 0) THEN 1 ELSE 0 END AS is_table,
           COALESCE(HAS_PERMS_BY_NAME(QUOTENAME(s.name) + '.' + QUOTENAME(a.name), 'OBJECT', 'SELECT'), 0) AS is_readable, k.index_id
      FROM sys.objects AS a
      JOIN sys.schemas AS s ON s.schema_id = a.schema_id
     OUTER APPLY (
             SELECT TOP (1) i.index_id
               FROM sys.indexes AS i
              WHERE i.object_id = a.object_id AND i.is_unique = 1 AND i.has_filter = 0 AND i.is_disabled = 0
                AND NOT EXISTS (
                      SELECT 1 FROM sys.index_columns AS n
                        JOIN sys.columns AS f ON f.object_id = n.object_id AND f.column_id = n.column_id
                       WHERE n.object_id = i.object_id AND n.index_id = i.index_id AND n.key_ordinal > 0 AND f.is_nullable = 1)
              ORDER BY i.is_primary_key DESC, i.index_id) AS k
     WHERE a.type IN ('U', 'V') AND a.is_ms_shipped = 0 AND s.name <> @own) AS o
  JOIN sys.columns AS c ON c.object_id = o.object_id
  JOIN sys.types AS t ON t.user_type_id = c.user_type_id
  LEFT JOIN sys.types AS b ON b.user_type_id = t.system_type_id
  LEFT JOIN sys.index_columns AS x
    ON x.object_id = o.object_id AND x.index_id = o.index_id AND x.column_id = c.column_id AND x.key_ordinal > 0
 ORDER BY o.owner, o.name, c.column_id;`,
  { own: "nvarchar(400)" },
);
