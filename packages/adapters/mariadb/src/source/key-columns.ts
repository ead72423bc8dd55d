import type { TableReading } from "@syncline/core/adapter-kit";
import type { FieldType } from "@syncline/core/spi";
import type { ColumnFacts, TableFacts } from "./table-facts.ts";
import { quotedTable, unquoted } from "./table-name.ts";

/** Columns' names have no case in MariaDB. */
export function columnOf({ columns }: TableFacts, name: string): ColumnFacts | undefined {
  const wanted = unquoted(name).toLowerCase();
  return columns.find((column) => column.name.toLowerCase() === wanted);
}

const integers = ["tinyint", "smallint", "mediumint", "int", "bigint", "year"];
const texts = ["char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "uuid", "inet4", "inet6"];

/** By the type of a key field, the columns whose values it finds again. */
const fitting: { readonly [Type in FieldType]: readonly string[] } = {
  integer: integers.filter((type) => type !== "bigint"),
  bigint: integers,
  decimal: ["decimal", ...integers],
  boolean: ["tinyint"],
  string: texts,
  // A text is found as its collation compares it: under a binary one, only as it is spelled.
  uuid: ["uuid"],
  date: ["date"],
  timestamp: ["timestamp", "datetime"],
};

const declared: readonly (readonly [types: readonly string[], field: FieldType])[] = [
  [integers, "bigint"],
  [["decimal"], "decimal"],
  [texts, "string"],
  [["date"], "date"],
  [["timestamp", "datetime"], "timestamp"],
];

/** The type of the key field that a column is; `null`: it can be no key. */
export function declaredAs({ type, fullType }: Pick<ColumnFacts, "type" | "fullType">): FieldType | null {
  if (type === "bigint" && /unsigned/.test(fullType)) return "decimal";
  if (type === "uuid") return "uuid";
  if (fitting.integer.includes(type)) return "integer";
  return declared.find(([types]) => types.includes(type))?.[1] ?? null;
}

/** Why a column can be no key field of the type; a clause after its name. */
function misfit(field: FieldType, { type, fullType }: ColumnFacts): string | undefined {
  const tooLarge = type === "bigint" && /unsigned/.test(fullType);
  if (fitting[field].includes(type))
    return tooLarge && field === "bigint"
      ? `has the type ${fullType}, of which half does not fit 64 bits with a sign: declare the key field as "decimal".`
      : undefined;
  const wanted = declared.find(([types]) => types.includes(type))?.[1];
  if (wanted === undefined) return `has the type ${fullType}, which can be no key.`;
  return `has the type ${fullType}, and the key field the type ${field}: declare it as "${wanted}".`;
}

export const tableReading: TableReading<TableFacts, ColumnFacts> = { nameOf: quotedTable, columnOf, misfit };
