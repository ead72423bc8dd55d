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
  const sound = async (category: SourcedCategory, signal: AbortSignal) => {
    const { problems, table, columns } = await looked(category, signal);
    if (table === undefined || problems.length > 0)
      throw new SynclineError("config.invalid", `The source of "${category.name}" cannot be read.`, { problems });
    return { table, columns };
  };
  return {
    check: async (category, signal) => (await looked(category, signal)).problems,
    keys: async (category, signal) => {
      const { table, columns } = await sound(category, signal);
      const list = columns.map(({ field, column }) => `s.${quoteIdentifier(column.name)} AS ${quoteIdentifier(field)}`);
      return `SELECT ${list.join(", ")} FROM ${quotedTable(table)} AS s`;
    },
    presence: async (category, signal) => {
      const { table, columns } = await sound(category, signal);
      return presenceIn(table, columns);
    },
    tables: (signal) =>
      translating(translateError, () =>
        connections.withConnection((connection) => listTables(connection, ownSchema), signal),
      ),
  };
}

/** Engines that keep all rows of the table here. Others ask another server, or show some of its rows. */
const whole: ReadonlySet<string> = new Set(["innodb", "rocksdb", "aria", "myisam"]);

/** A view may leave rows out. */
function presenceIn(table: TableFacts, columns: readonly SourceColumn[]): string | undefined {
  if (table.isView || !whole.has(table.engine.toLowerCase())) return undefined;
  const isKey = columns.map(({ field, column }) => {
    // A DATETIME has no zone: a source's counts as UTC.
    const value = column.type === "datetime" ? `CAST(:${field} AS DATETIME(6))` : `:${field}`;
    return `s.${quoteIdentifier(column.name)} = ${value}`;
  });
  return `SELECT DISTINCT 1 AS present FROM ${quotedTable(table)} AS s WHERE ${isKey.join(" AND ")}`;
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
