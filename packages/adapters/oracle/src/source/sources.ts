import { createCategorySources, throwIfAborted } from "@syncline/core/adapter-kit";
import type { CategorySources } from "@syncline/core/spi";
import type { Connections } from "../connections.ts";
import { type Place, quoteIdentifier } from "../sql/names.ts";
import { columnOf, misfit } from "./key-columns.ts";
import { listTables } from "./list-tables.ts";
import { type ColumnFacts, type TableFacts, tableFacts } from "./table-facts.ts";
import { quotedTable, tableNameOf } from "./table-name.ts";

/**
 * @param connections of the login that reads for strategies: a login sees the tables that it has
 * rights on.
 * @param place where Syncline's tables are.
 */
export function sourcesWith(connections: Connections, place: Place): CategorySources {
  const named = createCategorySources<TableFacts, ColumnFacts>({
    async find(text, signal) {
      throwIfAborted(signal);
      const name = tableNameOf(text);
      return typeof name === "string" ? name : tableFacts(connections, name, signal);
    },
    nameOf: quotedTable,
    columnOf,
    misfit,
    quoteIdentifier,
    as: " ",
    // A view may leave rows out, and a policy hides them.
    isWhole: ({ kind, isFiltered }) => kind === "table" && !isFiltered,
    // A DATE has a time of day.
    hasKey: (name, { field, type }) =>
      type === "date" ? `${name} >= :${field} AND ${name} < :${field} + 1` : `${name} = :${field}`,
  });
  return {
    ...named,
    tables: async (signal) => {
      throwIfAborted(signal);
      return listTables(connections, place, signal);
    },
  };
}
