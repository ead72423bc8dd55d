import { createCategorySources, throwIfAborted } from "@syncline/core/adapter-kit";
import type { CategorySources } from "@syncline/core/spi";
import type { Connections } from "../connections.ts";
import { quoteIdentifier } from "../sql/names.ts";
import { columnOf, misfit } from "./key-columns.ts";
import { type ColumnFacts, type TableFacts, tableFacts } from "./table-facts.ts";
import { quotedTable, tableNameOf } from "./table-name.ts";

/**
 * @param connections of the login that reads for strategies: a login sees the tables that it has
 * rights on.
 */
export function sourcesWith(connections: Connections): CategorySources {
  return createCategorySources<TableFacts, ColumnFacts>({
    async find(text, signal) {
      throwIfAborted(signal);
      const name = tableNameOf(text);
      return typeof name === "string" ? name : tableFacts(connections, name, signal);
    },
    nameOf: quotedTable,
    columnOf,
    misfit,
    keys: (table, columns) => {
      const list = columns.map(({ field, column }) => `s.${quoteIdentifier(column.name)} AS ${quoteIdentifier(field)}`);
      return `SELECT ${list.join(", ")} FROM ${quotedTable(table)} s`;
    },
    // A view may leave rows out, and a policy hides them.
    presence: (table, columns) => {
      if (table.kind !== "table" || table.isFiltered) return undefined;
      const isKey = columns.map(({ field, type, column }) => {
        const name = `s.${quoteIdentifier(column.name)}`;
        // A DATE has a time of day.
        return type === "date" ? `${name} >= :${field} AND ${name} < :${field} + 1` : `${name} = :${field}`;
      });
      return `SELECT DISTINCT 1 AS present FROM ${quotedTable(table)} s WHERE ${isKey.join(" AND ")}`;
    },
  });
}
