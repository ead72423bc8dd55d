import { createCategorySources, throwIfAborted } from "@syncline/core/adapter-kit";
import type { CategorySources } from "@syncline/core/spi";
import type { Connections } from "../connections.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { columnOf, misfit } from "./key-columns.ts";
import { listTables } from "./list-tables.ts";
import { type ColumnFacts, type TableFacts, tableFacts } from "./table-facts.ts";
import { quotedTable, tableNameOf } from "./table-name.ts";

/**
 * @param connections of the login that reads for strategies: a login sees the tables that it has
 * rights on.
 * @param ownSchema where Syncline's tables are.
 */
export function sourcesWith(connections: Connections, ownSchema: string): CategorySources {
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
    // A view may leave rows out; a policy hides them, and is hidden itself from who may not see definitions.
    isWhole: ({ kind, isFiltered, seesPolicies }) => kind === "table" && !isFiltered && seesPolicies,
  });
  return {
    ...named,
    tables: async (signal) => {
      throwIfAborted(signal);
      return listTables(connections, ownSchema, signal);
    },
  };
}
