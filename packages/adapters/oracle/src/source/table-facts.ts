import type { Connections } from "../connections.ts";
import { sourceTable } from "../sql/source-table.ts";
import type { TableName } from "./table-name.ts";

export interface ColumnFacts {
  readonly name: string;
  /** As the dictionary has it: `NUMBER`, `TIMESTAMP(6) WITH TIME ZONE`. */
  readonly type: string;
  /** Bytes, of a RAW. */
  readonly length: number;
  /** Digits after the point; `undefined`: any number. */
  readonly scale: number | undefined;
}

/** What the dictionary says of a table that a category names as its source. */
export interface TableFacts extends TableName {
  readonly kind: "table" | "view";
  /** A policy may hide rows of it from this login. */
  readonly isFiltered: boolean;
  readonly columns: readonly ColumnFacts[];
}

/** `undefined`: there is no such table, or the login may not see it. */
export async function tableFacts(
  connections: Connections,
  { owner, name }: TableName,
  signal: AbortSignal,
): Promise<TableFacts | undefined> {
  const { rows } = await connections.run(sourceTable, { owner, name }, signal);
  const [table] = rows;
  if (table === undefined) return undefined;
  const [isTable, isFiltered] = table;
  return {
    owner,
    name,
    kind: isTable === "1" ? "table" : "view",
    isFiltered: isFiltered !== "0",
    columns: rows.map((row) => ({
      name: String(row[2]),
      type: String(row[3]),
      length: Number(row[4]),
      scale: row[5] === null || row[5] === undefined ? undefined : Number(row[5]),
    })),
  };
}
