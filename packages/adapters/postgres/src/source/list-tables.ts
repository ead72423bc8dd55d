import type { SourceTable } from "@syncline/core/spi";
import type { RunStatement } from "../connections.ts";
import { ownStatement } from "../sql/statement.ts";
import { declaredAs } from "./key-columns.ts";
import type { ColumnFacts } from "./table-facts.ts";

interface ListedTable extends Omit<SourceTable, "columns"> {
  readonly columns: readonly (Pick<ColumnFacts, "base"> & Omit<SourceTable["columns"][number], "field">)[];
}

/** Partitions and what belongs to an extension are no tables that anybody chooses. */
const text = `WITH RECURSIVE domains AS (
  SELECT t.oid AS type, t.oid AS base FROM pg_type AS t WHERE t.typtype <> 'd'
   UNION ALL
  SELECT t.oid, d.base FROM pg_type AS t JOIN domains AS d ON d.type = t.typbasetype WHERE t.typtype = 'd'
)
SELECT coalesce(json_agg(json_build_object(
    'table', quote_ident(n.nspname) || '.' || quote_ident(c.relname),
    'kind', CASE WHEN c.relkind IN ('r', 'p') THEN 'table' ELSE 'view' END,
    'readable', has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
    'columns', coalesce((SELECT json_agg(json_build_object('name', a.attname, 'sql', quote_ident(a.attname),
                 'type', format_type(a.atttypid, a.atttypmod),
                 'base', json_build_object('schema', s.nspname, 'name', t.typname, 'isArray', t.typcategory = 'A'))
                 ORDER BY a.attnum)
                 FROM pg_attribute AS a JOIN domains AS d ON d.type = a.atttypid
                 JOIN pg_type AS t ON t.oid = d.base JOIN pg_namespace AS s ON s.oid = t.typnamespace
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]'),
    'key', coalesce((SELECT k.columns FROM pg_index AS i CROSS JOIN LATERAL
             (SELECT json_agg(a.attname ORDER BY u.place) AS columns, bool_and(a.attnotnull) AS is_whole
                FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(attnum, place)
                JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = u.attnum
               WHERE u.place <= i.indnkeyatts) AS k
             WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND k.is_whole
               AND i.indpred IS NULL AND i.indexprs IS NULL
             ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1), '[]'))
    ORDER BY n.nspname, c.relname), '[]')::text
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND c.relpersistence <> 't'
   AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema', $1)
   AND NOT EXISTS (SELECT 1 FROM pg_depend AS e
                    WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')`;

const statement = ownStatement("list_tables", text);

/** @param ownSchema where Syncline's tables are. */
export async function listTables(run: RunStatement, ownSchema: string): Promise<readonly SourceTable[]> {
  const [[found] = []] = await run(statement, [ownSchema]);
  const tables = JSON.parse(String(found)) as readonly ListedTable[];
  return tables.map(({ columns, ...table }) => ({
    ...table,
    columns: columns.map(({ base, ...column }) => ({ ...column, field: declaredAs({ base }) })),
  }));
}
