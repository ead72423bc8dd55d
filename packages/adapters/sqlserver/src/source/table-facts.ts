import type { Connections } from "../connections.ts";
import { sourceTable } from "../sql/source-table.ts";
import type { TableName } from "./table-name.ts";

export interface ColumnFacts {
  readonly name: string;
  /** `decimal`, `nvarchar`: what an alias type stands for. */
  readonly type: string;
  /** Digits after the point of a number, or after the second. */
  readonly scale: number;
}

/** What the catalog says of a table that a category names as its source. */
export interface TableFacts extends TableName {
  readonly kind: "table" | "view";
  /** A security policy hides rows of it. */
  readonly isFiltered: boolean;
  /** The login would see it if a policy did. */
  readonly seesPolicies: boolean;
  readonly columns: readonly ColumnFacts[];
}

/** `undefined`: there is no such table, or the login may not see it. Names are as the catalog has them. */
export async function tableFacts(
  connections: Connections,
  { schema, name }: TableName,
  signal: AbortSignal,
): Promise<TableFacts | undefined> {
  const rows = await connections.run(sourceTable, { schema, name }, signal);
  const [table] = rows;
  if (table === undefined) return undefined;
  const [ownSchema, ownName, isTable, isFiltered, seesPolicies] = table;
  return {
    schema: String(ownSchema),
    name: String(ownName),
    kind: Number(isTable) === 1 ? "table" : "view",
    isFiltered: Number(isFiltered) === 1,
    seesPolicies: Number(seesPolicies) === 1,
    columns: rows.map((row) => ({ name: String(row[5]), type: String(row[6]).toLowerCase(), scale: Number(row[7]) })),
  };
}
