import type { TableReading } from "@syncline/core/adapter-kit";
import type { FieldType } from "@syncline/core/spi";
import type { Affinity, ColumnFacts, TableFacts } from "./table-facts.ts";
import { isSameName, quotedTable, unquoted } from "./table-name.ts";

/** As it is called; else as SQL reads the name. */
export function columnOf({ columns }: TableFacts, name: string): ColumnFacts | undefined {
  return (
    columns.find((column) => isSameName(column.name, name)) ??
    columns.find((column) => isSameName(column.name, unquoted(name)))
  );
}

/**
 * By the type of a key field, the columns in which SQLite finds its values again, whichever way they
 * were written. A text is found as it is spelled and no other way: so what has several spellings (a
 * UUID, a time, a decimal) must be a key of type `string` there.
 */
const fitting: { readonly [Type in FieldType]: readonly Affinity[] } = {
  integer: ["integer", "numeric"],
  bigint: ["integer", "numeric"],
  decimal: ["integer"],
  boolean: ["integer", "numeric"],
  string: ["text", "integer"],
  date: ["text", "numeric"],
  uuid: [],
  timestamp: [],
};

/** Why a column can be no key field of the type; a clause after its name. */
function misfit(field: FieldType, { type, affinity }: ColumnFacts): string | undefined {
  if (fitting[field].includes(affinity)) return undefined;
  const has = type === "" ? "has no type" : `has the type ${type}`;
  if (affinity === "any")
    return `${has}, so that it may hold numbers, texts and bytes side by side, of which none is found by another's key: declare it INTEGER or TEXT.`;
  if (affinity === "real") return `${has}, and no floating-point number can be a key: let it be INTEGER or TEXT.`;
  if (affinity === "text")
    return `${has}, and is found by its text alone, as it is spelled: declare the key field as "string".`;
  if (affinity === "integer") return `${has}, and the key field the type ${field}: declare it as "bigint".`;
  return `${has}, in which SQLite keeps numbers, some of them rounded, and texts: declare the key field as "bigint" if they are whole numbers, else let the column be TEXT.`;
}

export const tableReading: TableReading<TableFacts, ColumnFacts> = { nameOf: quotedTable, columnOf, misfit };
