import { carriedColumns, carriedList } from "@syncline/core/adapter-kit";
import { declared, plainType } from "./column-types.ts";

/** What a delivery takes from its newest change, in a list. */
export const carried = {
  names: carriedList((column) => column),
  /** Columns of a table variable. */
  declared: declared(carriedColumns),
  /** Of `OPENJSON … WITH`: each under its own name. */
  json: carriedList((column, name) => `${column} ${plainType(name)} '$.${column}'`),
  of: (row: string) => carriedList((column) => `${row}.${column}`),
  assigned: (row: string) => carriedList((column) => `${column} = ${row}.${column}`),
};
