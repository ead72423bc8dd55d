import sql from "mssql";
import type { MssqlRequest, MssqlType } from "./driver.ts";
import type { OwnStatement, ParameterType } from "./sql/statement.ts";

const makers: { readonly [Type in ParameterType]: () => MssqlType } = {
  int: () => sql.Int(),
  bigint: () => sql.BigInt(),
  uniqueidentifier: () => sql.UniqueIdentifier(),
  "varchar(64)": () => sql.VarChar(64),
  "nvarchar(400)": () => sql.NVarChar(400),
  "nvarchar(max)": () => sql.NVarChar(sql.MAX),
};

export type ParameterValue = string | number | null;
export type ParameterValues = { readonly [name: string]: ParameterValue };

/** Gives a statement its values. Ids are texts of digits, which the driver takes for a bigint without rounding them. */
export function bindValues(request: MssqlRequest, { parameters }: OwnStatement, values: ParameterValues): void {
  for (const { name, type } of parameters) request.input(name, makers[type](), values[name] ?? null);
}
