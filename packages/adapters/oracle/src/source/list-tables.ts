import type { FieldType, SourceTable } from "@syncline/core/spi";
import type { Connections, TextRow } from "../connections.ts";
import type { Place } from "../sql/names.ts";
import { sourceTables } from "../sql/source-tables.ts";
import { declaredAs } from "./key-columns.ts";
import { reservedWords } from "./reserved-words.ts";

/** @param place where Syncline's tables are. */
export async function listTables(
  connections: Connections,
  { schema, prefix }: Place,
  signal: AbortSignal,
): Promise<readonly SourceTable[]> {
  const binds = { owner: schema?.toUpperCase() ?? null, prefix: prefix.toUpperCase() };
  const { rows } = await connections.run(sourceTables, binds, signal);
  const tables = new Map<string, TextRow[]>();
  for (const row of rows) {
    const table = `${nameInSql(String(row[0]))}.${nameInSql(String(row[1]))}`;
    const known = tables.get(table);
    if (known === undefined) tables.set(table, [row]);
    else known.push(row);
  }
  return [...tables].map(([table, columns]) => ({
    table,
    kind: columns[0]?.[2] === "1" ? "table" : "view",
    readable: columns[0]?.[3] === "1",
    columns: columns.map(columnOf),
    key: columns
      .filter((row) => place(row) > 0)
      .sort((one, other) => place(one) - place(other))
      .map((row) => String(row[4])),
  }));
}

const place = (row: TextRow) => Number(row[10] ?? 0);

function columnOf(row: TextRow): SourceTable["columns"][number] {
  const [name, type] = [String(row[4]), String(row[5])];
  const [length, letters, digits, scale] = row.slice(6, 10).map(numberOrNone);
  const facts = { type, length: length ?? 0, scale, precision: digits };
  return { name, sql: nameInSql(name), type: typeInSql({ ...facts, letters }), field: fieldOf(facts) };
}

function numberOrNone(text: string | null | undefined): number | undefined {
  return text === null || text === undefined ? undefined : Number(text);
}

interface Measures {
  readonly type: string;
  readonly length: number;
  readonly precision: number | undefined;
  readonly scale: number | undefined;
}

/** A NUMBER without digits may have places, and of more than eighteen a bigint loses some. */
function fieldOf({ precision, ...column }: Measures): FieldType | null {
  const field = declaredAs(column);
  return field === "bigint" && (precision === undefined || precision > 18) ? "decimal" : field;
}

function typeInSql({ type, length, letters, precision, scale }: Measures & { letters: number | undefined }): string {
  if (/^N?(?:VAR)?CHAR2?$/.test(type)) return `${type}(${letters ?? length})`;
  if (type === "RAW") return `${type}(${length})`;
  if (type !== "NUMBER" || (precision === undefined && scale === undefined)) return type;
  return `${type}(${[precision ?? "*", ...(scale === undefined || scale === 0 ? [] : [scale])].join(",")})`;
}

/** Without quotes, the server reads a name in capitals. */
function nameInSql(name: string): string {
  return /^[A-Z][A-Z0-9_$#]*$/.test(name) && !reservedWords.has(name) ? name.toLowerCase() : `"${name}"`;
}
