import { carriedColumns, columnName } from "@syncline/core/adapter-kit";
import { declared, plainType } from "./column-types.ts";

/** What a delivery takes from its newest change, in a list: `${each} = …`. */
const listed = (write: (column: string) => string) => carriedColumns.map((name) => write(columnName(name))).join(", ");

export const carried = {
  names: listed((column) => column),
  /** Columns of a table variable. */
  declared: declared(carriedColumns),
  /** Of `OPENJSON … WITH`: each under its own name. */
  json: carriedColumns.map((name) => `${columnName(name)} ${plainType(name)} '$.${columnName(name)}'`).join(", "),
  of: (row: string) => listed((column) => `${row}.${column}`),
  assigned: (row: string) => listed((column) => `${column} = ${row}.${column}`),
};
