import { type CategorySources, type Problem, type SourcedCategory, SynclineError } from "@syncline/core/spi";
import type { Connections } from "../connections.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { keyColumns, type SourceColumn } from "./key-columns.ts";
import { listTables } from "./list-tables.ts";
import { isUnique, type TableFacts, tableFacts } from "./table-facts.ts";
import { quotedTable, tableNameOf } from "./table-name.ts";

interface Seen {
  readonly problems: readonly Problem[];
  readonly table?: TableFacts;
  readonly columns: readonly SourceColumn[];
}

/** @param ownSchema where Syncline's tables are. */
export function sourcesWith(connections: Connections, ownSchema: string): CategorySources {
  async function look(category: SourcedCategory, signal: AbortSignal): Promise<Seen> {
    const { source } = category;
    const at = "source.table";
    const named = tableNameOf(source.table);
    if (typeof named === "string")
      return { problems: [{ at, message: `${JSON.stringify(source.table)} ${named}.` }], columns: [] };
    const table = await tableFacts((statement, values) => connections.run(statement, values, signal), named);
    if (table === undefined)
      return { problems: [{ at, message: `There is no table ${quotedTable(named)}.` }], columns: [] };
    return { table, ...keyColumns(category, source, table) };
  }

  async function sound(category: SourcedCategory, signal: AbortSignal) {
    const { problems, table, columns } = await look(category, signal);
    if (table === undefined || problems.length > 0)
      throw new SynclineError("config.invalid", `The source of "${category.name}" cannot be read.`, { problems });
    return { table, columns };
  }

  return {
    check: async (category, signal) => (await look(category, signal)).problems,
    keys: async (category, signal) => {
      const { table, columns } = await sound(category, signal);
      return keysOf(table, columns);
    },
    presence: async (category, signal) => {
      const { table, columns } = await sound(category, signal);
      return presenceIn(table, columns);
    },
    tables: (signal) => listTables((statement, values) => connections.run(statement, values, signal), ownSchema),
  };
}

/** A view may leave rows out, and so may a foreign server; policies hide them from some. */
function presenceIn(table: TableFacts, columns: readonly SourceColumn[]): string | undefined {
  if ((table.kind !== "r" && table.kind !== "p") || table.hasRowSecurity) return undefined;
  const isKey = columns.map(({ field, column }) => `s.${quoteIdentifier(column.name)} = :${field}`);
  return `SELECT DISTINCT 1 AS present FROM ${quotedTable(table)} AS s WHERE ${isKey.join(" AND ")}`;
}

/** Run on the login's own search path: its tables are named with their schema. */
function keysOf(table: TableFacts, columns: readonly SourceColumn[]): string {
  const list = columns.map(({ field, column }) => `s.${quoteIdentifier(column.name)} AS ${quoteIdentifier(field)}`);
  const each = isUnique(
    table,
    columns.map(({ column }) => column.name),
  );
  return `SELECT ${each ? "" : "DISTINCT "}${list.join(", ")} FROM ${quotedTable(table)} AS s`;
}
