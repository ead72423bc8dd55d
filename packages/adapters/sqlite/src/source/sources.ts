import { createCategorySources } from "@syncline/core/adapter-kit";
import type { CategorySources } from "@syncline/core/spi";
import { quoteIdentifier } from "../dialect.ts";
import type { Store } from "../store.ts";
import { tableReading } from "./key-columns.ts";
import { listTables } from "./list-tables.ts";
import { type ColumnFacts, isUnique, type TableFacts, tableFacts } from "./table-facts.ts";
import { tableNameOf } from "./table-name.ts";

export function sourcesOn(store: Store): CategorySources {
  return createCategorySources<TableFacts, ColumnFacts>({
    ...tableReading,
    // With its schema: a connection may have attached another table of the name.
    nameOf: ({ schema, name }) => `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`,
    async find(text, signal) {
      const name = tableNameOf(text);
      return typeof name === "string" ? name : store.read((sql) => tableFacts(sql, name), signal);
    },
    seesAllTables: true,
    quoteIdentifier,
    isUnique,
    // 'a' and 'A' are one value of a column that compares by NOCASE, and two keys.
    keyOf: (name) => `${name} COLLATE BINARY`,
    // A view may leave rows out, and what answers for a virtual table is not ours to know.
    isWhole: ({ kind }) => kind === "table",
    // Its columns were found fit for it: INTEGER for decimals, texts and the like for dates.
    hasKey: (name, { field, type }) => {
      const cast = type === "decimal" ? "NUMERIC" : type === "date" ? "TEXT" : undefined;
      return `${name} = ${cast === undefined ? `:${field}` : `CAST(:${field} AS ${cast})`}`;
    },
    tables: (signal) => store.read(listTables, signal),
  });
}
