import type { TableReading } from "@syncline/core/adapter-kit";
import type { FieldType } from "@syncline/core/spi";
import type { ColumnFacts, TableFacts } from "./table-facts.ts";
import { folded, quotedTable } from "./table-name.ts";

/** As it is called; else as SQL reads the name. */
export function columnOf({ columns }: TableFacts, name: string): ColumnFacts | undefined {
  const quoted = /^"((?:[^"]|"")+)"$/.exec(name)?.[1]?.replaceAll('""', '"');
  const asRead = quoted ?? folded(name);
  return columns.find((column) => column.name === name) ?? columns.find((column) => column.name === asRead);
}

const integers = ["int2", "int4", "int8", "oid"];

/** By the type of a key field, the types of columns whose values are such keys. */
const fitting: { readonly [Type in Exclude<FieldType, "string">]: readonly string[] } = {
  integer: integers,
  bigint: integers,
  decimal: [...integers, "numeric"],
  boolean: ["bool"],
  uuid: ["uuid"],
  date: ["date"],
  timestamp: ["timestamptz"],
};

/** What to declare; of all other types, `string`. */
const declared: { readonly [base: string]: FieldType } = {
  int2: "integer",
  int4: "integer",
  oid: "bigint",
  int8: "bigint",
  numeric: "decimal",
  bool: "boolean",
  uuid: "uuid",
  date: "date",
  timestamptz: "timestamp",
};

/** Their text depends on the session's settings, or is not what finds the row again. */
const noKeys: { readonly [base: string]: string } = {
  float4: "no floating-point number can be a key: let it be numeric",
  float8: "no floating-point number can be a key: let it be numeric",
  money: "its text depends on the locale: let it be numeric",
  bytea: "bytes are no text: let the key be text (encode) or a number",
  json: "no JSON can be a key",
  jsonb: "no JSON can be a key",
  xml: "no XML can be a key",
  interval: "an interval has no one text: let the key be a number",
};

/** The type of the key field that a column is; `null`: it can be no key. */
export function declaredAs({ base }: Pick<ColumnFacts, "base">): FieldType | null {
  return never(base) === undefined ? (declared[ownName(base)] ?? "string") : null;
}

function ownName({ schema, name }: ColumnFacts["base"]): string {
  return schema === "pg_catalog" ? name : "";
}

function never(base: ColumnFacts["base"]): string | undefined {
  return base.isArray ? "no array can be a key" : noKeys[ownName(base)];
}

/** Why a column can be no key field of the type; a clause after its name. */
function misfit(field: FieldType, { type, base, scale }: ColumnFacts): string | undefined {
  const own = ownName(base);
  const reason = never(base);
  if (reason !== undefined) return `has the type ${type}, and ${reason}.`;
  if (field === "string") return undefined;
  if (fitting[field].includes(own)) return undefined;
  const isWhole = own === "numeric" && scale === 0;
  if (isWhole && (field === "bigint" || field === "integer")) return undefined;
  const advice = own === "timestamp" ? ", since it has no zone" : "";
  return `has the type ${type}, and the key field the type ${field}: declare it as "${declared[own] ?? "string"}"${advice}.`;
}

export const tableReading: TableReading<TableFacts, ColumnFacts> = { nameOf: quotedTable, columnOf, misfit };
