import { translating } from "@syncline/core/adapter-kit";
import { type CategorySources, type Problem, type SourcedCategory, SynclineError } from "@syncline/core/spi";
import type { Connection } from "mariadb";
import type { MariadbConnections } from "../driver.ts";
import { translateError } from "../errors.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { keyColumns, type SourceColumn } from "./key-columns.ts";
import { listTables } from "./list-tables.ts";
import { type TableFacts, tableFacts } from "./table-facts.ts";
import { quotedTable, tableNameOf } from "./table-name.ts";

interface Seen {
  readonly problems: readonly Problem[];
  readonly table?: TableFacts;
  readonly columns: readonly SourceColumn[];
}

/** @param ownSchema where Syncline's tables are. */
export function sourcesWith(connections: MariadbConnections, ownSchema: string): CategorySources {
  const looked = (category: SourcedCategory, signal: AbortSignal) =>
    translating(translateError, () => connections.withConnection((connection) => look(connection, category), signal));
  return {
    check: async (category, signal) => (await looked(category, signal)).problems,
    keys: async (category, signal) => {
      const { problems, table, columns } = await looked(category, signal);
      if (table === undefined || problems.length > 0)
        throw new SynclineError("config.invalid", `The source of "${category.name}" cannot be read.`, { problems });
      const list = columns.map(({ field, column }) => `s.${quoteIdentifier(column.name)} AS ${quoteIdentifier(field)}`);
      return `SELECT ${list.join(", ")} FROM ${quotedTable(table)} AS s`;
    },
    tables: (signal) =>
      translating(translateError, () =>
        connections.withConnection((connection) => listTables(connection, ownSchema), signal),
      ),
  };
}

async function look(connection: Connection, category: SourcedCategory): Promise<Seen> {
  const at = "source.table";
  const named = tableNameOf(category.source.table);
  if (typeof named === "string")
    return { problems: [{ at, message: `${JSON.stringify(category.source.table)} ${named}.` }], columns: [] };
  const table = await tableFacts(connection, named);
  if (table === undefined)
    return { problems: [{ at, message: `There is no table ${quotedTable(named)}.` }], columns: [] };
  return { table, ...keyColumns(category, category.source, table) };
}
