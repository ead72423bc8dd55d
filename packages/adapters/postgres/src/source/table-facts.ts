import type { RunStatement } from "../connections.ts";
import { ownStatement } from "../sql/statement.ts";
import type { TableName } from "./table-name.ts";

/** What the catalog says of a table that a category names as its source. */
export interface TableFacts extends TableName {
  readonly oid: number;
  /** As `pg_class.relkind`: `r` a table, `p` partitioned, `v` a view, `m` materialized, `f` foreign. */
  readonly kind: string;
  readonly hasRowSecurity: boolean;
  readonly columns: readonly ColumnFacts[];
  /** The columns of each unique key whose values are never NULL. */
  readonly uniqueKeys: readonly (readonly string[])[];
  /** The table itself, and all partitions and tables that inherit from it. */
  readonly tree: readonly MemberFacts[];
}

export interface ColumnFacts {
  readonly name: string;
  /** As SQL writes it: `numeric(12,2)`. */
  readonly type: string;
  /** What a domain restricts in the end. */
  readonly base: { readonly schema: string; readonly name: string; readonly isArray: boolean };
  /** Digits after the point of a `numeric` column; `undefined`: any number. */
  readonly scale: number | null;
  readonly notNull: boolean;
}

export interface MemberFacts extends TableName {
  readonly oid: number;
  readonly kind: string;
}

const text = `WITH RECURSIVE found AS (
  SELECT c.oid, c.relkind, c.relrowsecurity, n.nspname, c.relname
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
), tree AS (
  SELECT oid FROM found
   UNION
  SELECT i.inhrelid FROM pg_inherits AS i JOIN tree ON tree.oid = i.inhparent
), based AS (
  SELECT a.attnum, a.atttypid AS type, a.atttypmod AS mode
    FROM pg_attribute AS a JOIN found ON found.oid = a.attrelid
   WHERE a.attnum > 0 AND NOT a.attisdropped
   UNION ALL
  SELECT b.attnum, t.typbasetype, t.typtypmod FROM based AS b JOIN pg_type AS t ON t.oid = b.type AND t.typtype = 'd'
)
SELECT json_build_object('oid', f.oid::bigint, 'schema', f.nspname, 'name', f.relname, 'kind', f.relkind,
  'hasRowSecurity', f.relrowsecurity,
  'columns', (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                'base', json_build_object('schema', n.nspname, 'name', t.typname, 'isArray', t.typcategory = 'A'),
                'scale', CASE WHEN b.mode >= 4 THEN (b.mode - 4) & 65535 END, 'notNull', a.attnotnull) ORDER BY a.attnum)
                FROM based AS b JOIN pg_type AS t ON t.oid = b.type AND t.typtype <> 'd'
                JOIN pg_namespace AS n ON n.oid = t.typnamespace
                JOIN pg_attribute AS a ON a.attrelid = f.oid AND a.attnum = b.attnum),
  'uniqueKeys', (SELECT coalesce(json_agg(k.columns), '[]') FROM pg_index AS i CROSS JOIN LATERAL
                  (SELECT json_agg(a.attname) AS columns, bool_and(a.attnotnull) AS is_whole
                     FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(attnum, place)
                     JOIN pg_attribute AS a ON a.attrelid = f.oid AND a.attnum = u.attnum
                    WHERE u.place <= i.indnkeyatts) AS k
                  WHERE i.indrelid = f.oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND k.is_whole
                    AND i.indpred IS NULL AND i.indexprs IS NULL),
  'tree', (SELECT json_agg(json_build_object('oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname,
             'kind', c.relkind) ORDER BY c.oid)
             FROM tree JOIN pg_class AS c ON c.oid = tree.oid JOIN pg_namespace AS n ON n.oid = c.relnamespace))::text
  FROM found AS f`;

const statement = ownStatement("table_facts", text);

/** `undefined`: there is no such table, or view. */
export async function tableFacts(run: RunStatement, { schema, name }: TableName): Promise<TableFacts | undefined> {
  const [[found] = []] = await run(statement, [schema, name]);
  return typeof found === "string" ? (JSON.parse(found) as TableFacts) : undefined;
}

/** At most one row of the table has each key of these columns. */
export function isUnique({ uniqueKeys, kind, tree }: TableFacts, columns: readonly string[]): boolean {
  // Of tables that inherit, each has unique keys of its own.
  if (kind === "r" && tree.length > 1) return false;
  return uniqueKeys.some((key) => key.every((column) => columns.includes(column)));
}
