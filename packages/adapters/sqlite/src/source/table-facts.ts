import { quoteIdentifier } from "../dialect.ts";
import type { Sql } from "../store.ts";
import { isSameName, quotedTable, type TableName } from "./table-name.ts";

/** What SQLite makes of a column's declared type. `any`: it keeps what it is given, as it is. */
export type Affinity = "integer" | "text" | "real" | "numeric" | "any";

export interface ColumnFacts {
  readonly name: string;
  /** As it was declared; may be empty. */
  readonly type: string;
  readonly affinity: Affinity;
  readonly notNull: boolean;
}

/** Columns of a UNIQUE constraint or index, which no two rows share. */
export interface UniqueIndex {
  readonly name: string;
  /** Some rows only, by a WHERE. */
  readonly isPartial: boolean;
  /** `undefined`: it is an expression. */
  readonly columns: readonly { readonly name: string | undefined; readonly collation: string }[];
}

/** What the schema says of a table that a category names as its source. */
export interface TableFacts extends TableName {
  readonly kind: "table" | "view" | "virtual" | "shadow";
  readonly isWithoutRowid: boolean;
  readonly columns: readonly ColumnFacts[];
  /** The INTEGER PRIMARY KEY, by which the rows are kept. */
  readonly rowid: string | undefined;
  readonly primaryKey: readonly string[];
  readonly uniqueIndexes: readonly UniqueIndex[];
}

const tables = `SELECT schema, name, type AS kind, wr, strict FROM pragma_table_list
 WHERE name = @name COLLATE NOCASE AND schema = @schema COLLATE NOCASE`;
/** `hidden` 1: of a virtual table. Generated columns are 2 and 3. */
const columnsOf = `SELECT name, type, "notnull" AS isNotNull, pk FROM pragma_table_xinfo(@name, @schema) WHERE hidden <> 1 ORDER BY cid`;
const indexColumns = `SELECT l.name, l.origin, l.partial, x.name AS "column", x.coll AS collation
  FROM pragma_index_list(@name, @schema) AS l CROSS JOIN pragma_index_xinfo(l.name, @schema) AS x
 WHERE l."unique" = 1 AND x.key = 1 ORDER BY l.seq, x.seqno`;

interface TableRow extends TableName {
  readonly kind: TableFacts["kind"];
  readonly wr: number;
  readonly strict: number;
}
interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly isNotNull: number;
  readonly pk: number;
}
interface IndexRow {
  readonly name: string;
  readonly origin: string;
  readonly partial: number;
  readonly column: string | null;
  readonly collation: string;
}

/** `undefined`: there is no such table, or view. */
export function tableFacts(sql: Sql, wanted: TableName): TableFacts | undefined {
  const [table] = sql.all<TableRow>(tables, { ...wanted });
  if (table === undefined) return undefined;
  const named = { name: table.name, schema: table.schema };
  const columns = sql.all<ColumnRow>(columnsOf, named);
  const indexes = sql.all<IndexRow>(indexColumns, named);
  const keyed = [...columns].filter(({ pk }) => pk > 0).sort((one, other) => one.pk - other.pk);
  const [only, ...others] = keyed;
  // One that is DESC is none, and has an index.
  const isRowid =
    only !== undefined &&
    others.length === 0 &&
    isSameName(only.type, "integer") &&
    table.wr === 0 &&
    !indexes.some(({ origin }) => origin === "pk");
  return {
    ...named,
    kind: table.kind,
    isWithoutRowid: table.wr === 1,
    columns: columns.map(({ name, type, isNotNull, pk }) => ({
      name,
      type,
      affinity: affinityOf(type, table.strict === 1),
      notNull: isNotNull === 1 || (pk > 0 && (isRowid || table.wr === 1)),
    })),
    rowid: isRowid ? only.name : undefined,
    primaryKey: keyed.map(({ name }) => name),
    uniqueIndexes: [...new Set(indexes.map(({ name }) => name))].map((name) => indexOf(name, indexes)),
  };
}

function indexOf(name: string, rows: readonly IndexRow[]): UniqueIndex {
  const own = rows.filter((row) => row.name === name);
  return {
    name,
    isPartial: own.some(({ partial }) => partial === 1),
    columns: own.map(({ column, collation }) => ({ name: column ?? undefined, collation })),
  };
}

/** In this order: what has INT in it is an integer, if it were POINT. */
function affinityOf(type: string, isStrict: boolean): Affinity {
  const upper = type.toUpperCase();
  if (upper.includes("INT")) return "integer";
  if (/CHAR|CLOB|TEXT/.test(upper)) return "text";
  if (upper === "" || upper.includes("BLOB") || (isStrict && upper === "ANY")) return "any";
  return /REAL|FLOA|DOUB/.test(upper) ? "real" : "numeric";
}

/** At most one row of the table has each key of these columns. */
export function isUnique({ uniqueIndexes, rowid, columns }: TableFacts, names: readonly string[]): boolean {
  if (rowid !== undefined && names.includes(rowid)) return true;
  return uniqueIndexes.some(
    ({ isPartial, columns: own }) =>
      !isPartial &&
      own.every(
        ({ name }) =>
          name !== undefined && names.includes(name) && columns.some((each) => each.name === name && each.notNull),
      ),
  );
}

/**
 * By which a column is compared, where that is not BINARY. Nothing in the schema says it but the
 * text of the CREATE TABLE, so it is tried: a column of a compound has the collation of its first.
 */
export function looseCollation(sql: Sql, table: TableName, column: string): "NOCASE" | "RTRIM" | undefined {
  const [found] = sql.all<{ readonly nocase: number; readonly rtrim: number }>(
    `WITH tried (x) AS MATERIALIZED (SELECT ${quoteIdentifier(column)} FROM ${quotedTable(table)} WHERE 0 UNION ALL SELECT 'a')
     SELECT EXISTS (SELECT 1 FROM tried WHERE x = 'A') AS nocase, EXISTS (SELECT 1 FROM tried WHERE x = 'a ') AS rtrim`,
  );
  if (found?.nocase === 1) return "NOCASE";
  return found?.rtrim === 1 ? "RTRIM" : undefined;
}
