import { type CategorySources, type Problem, type SourcedCategory, SynclineError } from "@syncline/core/spi";
import { quoteIdentifier } from "../dialect.ts";
import type { Sql, Store } from "../store.ts";
import { keyColumns, type SourceColumn } from "./key-columns.ts";
import { listTables } from "./list-tables.ts";
import { isUnique, type TableFacts, tableFacts } from "./table-facts.ts";
import { quotedTable, tableNameOf } from "./table-name.ts";

interface Seen {
  readonly problems: readonly Problem[];
  readonly table?: TableFacts;
  readonly columns: readonly SourceColumn[];
}

export function sourcesOn(store: Store): CategorySources {
  async function sound(category: SourcedCategory, signal: AbortSignal) {
    const { problems, table, columns } = await store.read((sql) => look(sql, category), signal);
    if (table === undefined || problems.length > 0)
      throw new SynclineError("config.invalid", `The source of "${category.name}" cannot be read.`, { problems });
    return { table, columns };
  }
  return {
    check: async (category, signal) => (await store.read((sql) => look(sql, category), signal)).problems,
    keys: async (category, signal) => {
      const { table, columns } = await sound(category, signal);
      return keysOf(table, columns);
    },
    presence: async (category, signal) => {
      const { table, columns } = await sound(category, signal);
      return presenceIn(table, columns);
    },
    tables: (signal) => store.read(listTables, signal),
  };
}

/** A view may leave rows out, and what answers for a virtual table is not ours to know. */
function presenceIn(table: TableFacts, columns: readonly SourceColumn[]): string | undefined {
  if (table.kind !== "table") return undefined;
  const isKey = columns.map(({ field, type, column }) => {
    // Its columns were found fit for it: INTEGER for decimals, texts and the like for dates.
    const cast = type === "decimal" ? "NUMERIC" : type === "date" ? "TEXT" : undefined;
    const value = cast === undefined ? `:${field}` : `CAST(:${field} AS ${cast})`;
    return `s.${quoteIdentifier(column.name)} = ${value}`;
  });
  return `SELECT DISTINCT 1 AS present FROM ${qualified(table)} AS s WHERE ${isKey.join(" AND ")}`;
}

function qualified(table: TableFacts): string {
  return `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`;
}

function look(sql: Sql, category: SourcedCategory): Seen {
  const { source } = category;
  const at = "source.table";
  const named = tableNameOf(source.table);
  if (typeof named === "string")
    return { problems: [{ at, message: `${JSON.stringify(source.table)} ${named}.` }], columns: [] };
  const table = tableFacts(sql, named);
  if (table === undefined)
    return { problems: [{ at, message: `There is no table ${quotedTable(named)}.` }], columns: [] };
  return { table, ...keyColumns(category, source, table) };
}

/** Names are with their schema: a connection may have attached another table of the name. */
function keysOf(table: TableFacts, columns: readonly SourceColumn[]): string {
  const isDistinct = isUnique(
    table,
    columns.map(({ column }) => column.name),
  );
  // 'a' and 'A' are one value of a column that compares by NOCASE, and two keys.
  const list = columns.map(
    ({ field, column }) =>
      `s.${quoteIdentifier(column.name)}${isDistinct ? "" : " COLLATE BINARY"} AS ${quoteIdentifier(field)}`,
  );
  return `SELECT ${isDistinct ? "" : "DISTINCT "}${list.join(", ")} FROM ${qualified(table)} AS s`;
}
