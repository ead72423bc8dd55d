import { createCategorySources } from "@syncline/core/adapter-kit";
import type { CategorySources } from "@syncline/core/spi";
import type { Connections, RunStatement } from "../connections.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { tableReading } from "./key-columns.ts";
import { listTables } from "./list-tables.ts";
import { type ColumnFacts, isUnique, type TableFacts, tableFacts } from "./table-facts.ts";
import { tableNameOf } from "./table-name.ts";

/** @param ownSchema where Syncline's tables are. */
export function sourcesWith(connections: Connections, ownSchema: string): CategorySources {
  const running =
    (signal: AbortSignal): RunStatement =>
    (statement, values) =>
      connections.run(statement, values, signal);
  return createCategorySources<TableFacts, ColumnFacts>({
    ...tableReading,
    async find(text, signal) {
      const name = tableNameOf(text);
      return typeof name === "string" ? name : tableFacts(running(signal), name);
    },
    seesAllTables: true,
    quoteIdentifier,
    isUnique,
    // A view may leave rows out, and so may a foreign server; policies hide them from some.
    isWhole: ({ kind, hasRowSecurity }) => (kind === "r" || kind === "p") && !hasRowSecurity,
    tables: (signal) => listTables(running(signal), ownSchema),
  });
}
