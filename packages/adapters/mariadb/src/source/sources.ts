import { createCategorySources, translating } from "@syncline/core/adapter-kit";
import type { CategorySources } from "@syncline/core/spi";
import type { Connection } from "mariadb";
import type { MariadbConnections } from "../driver.ts";
import { translateError } from "../errors.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { tableReading } from "./key-columns.ts";
import { listTables } from "./list-tables.ts";
import { type ColumnFacts, type TableFacts, tableFacts } from "./table-facts.ts";
import { tableNameOf } from "./table-name.ts";

/** Engines that keep all rows of the table here. Others ask another server, or show some of its rows. */
const whole: ReadonlySet<string> = new Set(["innodb", "rocksdb", "aria", "myisam"]);

/** @param ownSchema where Syncline's tables are. */
export function sourcesWith(connections: MariadbConnections, ownSchema: string): CategorySources {
  const asking = <Result>(work: (connection: Connection) => Promise<Result>, signal: AbortSignal) =>
    translating(translateError, () => connections.withConnection(work, signal));
  return createCategorySources<TableFacts, ColumnFacts>({
    ...tableReading,
    async find(text, signal) {
      const name = tableNameOf(text);
      return typeof name === "string" ? name : asking((connection) => tableFacts(connection, name), signal);
    },
    quoteIdentifier,
    isWhole: ({ isView, engine }) => !isView && whole.has(engine.toLowerCase()),
    // A DATETIME has no zone: a source's counts as UTC.
    hasKey: (name, { field, column }) =>
      `${name} = ${column.type === "datetime" ? `CAST(:${field} AS DATETIME(6))` : `:${field}`}`,
    tables: (signal) => asking((connection) => listTables(connection, ownSchema), signal),
  });
}
