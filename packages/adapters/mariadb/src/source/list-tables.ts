import type { SourceTable } from "@syncline/core/spi";
import type { Connection } from "mariadb";
import { quoteIdentifier } from "../sql/identifier.ts";
import { declaredAs } from "./key-columns.ts";

/** Of the database that the connection is in, if it is in one: a login may see hundreds of others. */
const chosen = `table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys', ?)
   AND (DATABASE() IS NULL OR table_schema = DATABASE())`;
const tables = `SELECT table_schema, table_name, table_type FROM information_schema.tables
 WHERE ${chosen} ORDER BY table_schema, table_name`;
const columns = `SELECT table_schema, table_name, column_name, data_type, column_type, is_nullable, privileges
  FROM information_schema.columns WHERE ${chosen} ORDER BY table_schema, table_name, ordinal_position`;
const keys = `SELECT table_schema, table_name, index_name, column_name FROM information_schema.statistics
 WHERE ${chosen} AND non_unique = 0 ORDER BY table_schema, table_name, index_name <> 'PRIMARY', index_name, seq_in_index`;
/** MariaDB 10.6.3 and newer. */
const keywords = "SELECT LOWER(word) FROM information_schema.keywords";

type Row = readonly (string | null)[];

/** @param ownSchema where Syncline's tables are. */
export async function listTables(connection: Connection, ownSchema: string): Promise<readonly SourceTable[]> {
  const rows = async (text: string): Promise<readonly Row[]> => connection.execute(text, [ownSchema]);
  const found = await rows(tables);
  const columnsOf = byTable(await rows(columns));
  const keysOf = byTable(await rows(keys));
  const words = await reservedWords(connection);
  const sqlOf = (name: string) =>
    /^[a-z_][a-z0-9_]*$/i.test(name) && words?.has(name.toLowerCase()) === false ? name : quoteIdentifier(name);
  return found.map(([schema = "", name = "", kind]) => {
    const own = columnsOf.get(`${schema}\n${name}`) ?? [];
    return {
      table: `${sqlOf(String(schema))}.${sqlOf(String(name))}`,
      kind: kind === "BASE TABLE" ? "table" : "view",
      readable: own.length > 0 && own.every((column) => column[6]?.includes("select") === true),
      columns: own.map(([, , column, type, fullType]) => ({
        name: String(column),
        sql: sqlOf(String(column)),
        type: String(fullType),
        field: declaredAs({ type: String(type).toLowerCase(), fullType: String(fullType) }),
      })),
      key: keyOf(own, keysOf.get(`${schema}\n${name}`) ?? []),
    };
  });
}

function byTable(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${row[0]}\n${row[1]}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, [row]);
    else known.push(row);
  }
  return found;
}

/** The primary key comes first. */
function keyOf(columns: readonly Row[], indexes: readonly Row[]): readonly string[] {
  const nullable = new Set(columns.filter((column) => column[5] === "YES").map((column) => column[2]));
  const byIndex = new Map<string, string[]>();
  for (const [, , index, column] of indexes) {
    const known = byIndex.get(String(index)) ?? [];
    known.push(String(column));
    byIndex.set(String(index), known);
  }
  return [...byIndex.values()].find((names) => !names.some((name) => nullable.has(name))) ?? [];
}

/** `undefined`: the server does not say, and every name is put between backticks. */
async function reservedWords(connection: Connection): Promise<ReadonlySet<string> | undefined> {
  try {
    const words: readonly Row[] = await connection.execute(keywords);
    return new Set(words.map(([word]) => String(word)));
  } catch {
    return undefined;
  }
}
