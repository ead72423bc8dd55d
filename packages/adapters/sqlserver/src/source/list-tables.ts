import type { SourceTable } from "@syncline/core/spi";
import type { Connections, Row } from "../connections.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { sourceTables } from "../sql/source-tables.ts";
import { declaredAs } from "./key-columns.ts";
import { reservedWords } from "./reserved-words.ts";

/** @param ownSchema where Syncline's tables are. */
export async function listTables(
  connections: Connections,
  ownSchema: string,
  signal: AbortSignal,
): Promise<readonly SourceTable[]> {
  const tables = new Map<string, Row[]>();
  for (const row of await connections.run(sourceTables, { own: ownSchema }, signal)) {
    const table = `${nameInSql(String(row[0]))}.${nameInSql(String(row[1]))}`;
    const known = tables.get(table);
    if (known === undefined) tables.set(table, [row]);
    else known.push(row);
  }
  return [...tables].map(([table, rows]) => ({
    table,
    kind: rows[0]?.[2] === 1 ? "table" : "view",
    readable: rows[0]?.[3] === 1,
    columns: rows.map(columnOf),
    key: rows
      .filter((row) => place(row) > 0)
      .sort((one, other) => place(one) - place(other))
      .map((row) => String(row[4])),
  }));
}

const place = (row: Row) => Number(row[9] ?? 0);

function columnOf(row: Row): SourceTable["columns"][number] {
  const [name, type] = [String(row[4]), String(row[5])];
  const [length, precision, scale] = [Number(row[6]), Number(row[7]), Number(row[8])];
  return {
    name,
    sql: nameInSql(name),
    type: typeInSql(type, { length, precision, scale }),
    field: declaredAs({ type, scale }),
  };
}

interface Measures {
  readonly length: number;
  readonly precision: number;
  readonly scale: number;
}

function typeInSql(type: string, { length, precision, scale }: Measures): string {
  if (/^n?(?:var)?char$|^(?:var)?binary$/.test(type)) {
    const units = type.startsWith("n") ? length / 2 : length;
    return `${type}(${length === -1 ? "max" : units})`;
  }
  if (type === "decimal" || type === "numeric") return `${type}(${precision},${scale})`;
  return /^(?:time|datetime2|datetimeoffset)$/.test(type) ? `${type}(${scale})` : type;
}

function nameInSql(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) && !reservedWords.has(name.toUpperCase()) ? name : quoteIdentifier(name);
}
