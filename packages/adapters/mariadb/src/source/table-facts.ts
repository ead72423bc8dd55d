import type { Connection } from "mariadb";
import type { TableName } from "./table-name.ts";

export interface ColumnFacts {
  readonly name: string;
  /** `bigint`, `varchar`, `datetime`. */
  readonly type: string;
  /** `bigint(20) unsigned`. */
  readonly fullType: string;
  readonly isNullable: boolean;
  /** Of a text that compares otherwise than by its characters: the collation. */
  readonly looseCollation: string | undefined;
}

/** What the catalog says of a table that a category names as its source. */
export interface TableFacts extends TableName {
  readonly isView: boolean;
  readonly engine: string;
  readonly isPartitioned: boolean;
  readonly columns: readonly ColumnFacts[];
  /** The columns of each unique index. */
  readonly uniqueIndexes: readonly (readonly string[])[];
  /** Foreign keys by which others' rows change or delete its rows: `shop.orders (ON DELETE CASCADE)`. */
  readonly cascades: readonly string[];
}

const ofTable = "table_schema = ? AND table_name = ?";
const tables = `SELECT table_schema, table_name, table_type, COALESCE(engine, ''), COALESCE(create_options, '')
  FROM information_schema.tables WHERE ${ofTable}`;
const columns = `SELECT column_name, data_type, column_type, is_nullable, collation_name
  FROM information_schema.columns WHERE ${ofTable} ORDER BY ordinal_position`;
const indexes = `SELECT index_name, column_name FROM information_schema.statistics
 WHERE ${ofTable} AND non_unique = 0 ORDER BY index_name, seq_in_index`;
const cascades = `SELECT unique_constraint_schema, referenced_table_name, update_rule, delete_rule
  FROM information_schema.referential_constraints
 WHERE constraint_schema = ? AND table_name = ?
   AND (update_rule NOT IN ('RESTRICT', 'NO ACTION') OR delete_rule NOT IN ('RESTRICT', 'NO ACTION'))`;

type Row = readonly (string | null)[];

/** `undefined`: there is no such table, or the login may not see it. Names are as the catalog has them. */
export async function tableFacts(connection: Connection, wanted: TableName): Promise<TableFacts | undefined> {
  const rows = async (text: string): Promise<readonly Row[]> =>
    connection.execute(text, [wanted.database, wanted.name]);
  const [table] = await rows(tables);
  if (table === undefined) return undefined;
  const [database, name, kind, engine, options] = table.map(String);
  const byIndex = new Map<string, string[]>();
  for (const [index, column] of await rows(indexes)) {
    const known = byIndex.get(String(index)) ?? [];
    known.push(String(column));
    byIndex.set(String(index), known);
  }
  return {
    database: database ?? wanted.database,
    name: name ?? wanted.name,
    isView: kind !== "BASE TABLE" && kind !== "SYSTEM VERSIONED",
    engine: engine ?? "",
    isPartitioned: /partitioned/i.test(options ?? ""),
    columns: (await rows(columns)).map(([column, type, fullType, nullable, collation]) => ({
      name: String(column),
      type: String(type).toLowerCase(),
      fullType: String(fullType),
      isNullable: nullable === "YES",
      looseCollation:
        collation === null || /_nopad_bin$|_0900_bin$/.test(String(collation)) ? undefined : String(collation),
    })),
    uniqueIndexes: [...byIndex.values()],
    cascades: (await rows(cascades)).map(([schema, parent, onUpdate, onDelete]) => {
      const rules = [`ON UPDATE ${onUpdate}`, `ON DELETE ${onDelete}`].filter(
        (rule) => !/RESTRICT|NO ACTION/.test(rule),
      );
      return `${schema}.${parent} (${rules.join(", ")})`;
    }),
  };
}

/** Whether no two rows have the same values in these columns. */
export function isUnique({ uniqueIndexes, columns }: TableFacts, names: readonly string[]): boolean {
  const isNullable = (name: string) => columns.find((column) => column.name === name)?.isNullable !== false;
  return uniqueIndexes.some((index) => index.every((name) => names.includes(name) && !isNullable(name)));
}
