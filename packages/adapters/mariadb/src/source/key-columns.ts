import {
  type CategoryDefinition,
  type CategorySource,
  type FieldType,
  type Problem,
  sourceColumn,
} from "@syncline/core/spi";
import type { ColumnFacts, TableFacts } from "./table-facts.ts";
import { quotedTable, unquoted } from "./table-name.ts";

/** A field of the key, and the column that it stands for. */
export interface SourceColumn {
  readonly field: string;
  readonly type: FieldType;
  readonly column: ColumnFacts;
}

/** Those of the key, and what is wrong with them. Places are within the category. */
export function keyColumns(
  { fields }: CategoryDefinition,
  source: CategorySource,
  table: TableFacts,
): { readonly columns: readonly SourceColumn[]; readonly problems: readonly Problem[] } {
  const found = Object.entries(fields).map(([field, type]) => {
    const name = sourceColumn(source, field);
    return { field, type, name, column: columnOf(table, name) };
  });
  const problems = found.flatMap(({ field, type, name, column }) => {
    if (column === undefined) return [{ at: `source.columns.${field}`, message: noColumn(table, name) }];
    const reason = misfit(type, column);
    const at = `fields.${field}`;
    return reason === undefined ? [] : [{ at, message: `${quotedTable(table)}.${column.name} ${reason}` }];
  });
  return { columns: found.flatMap(({ column, field, type }) => (column ? [{ field, type, column }] : [])), problems };
}

/** Columns' names have no case in MariaDB. */
export function columnOf({ columns }: TableFacts, name: string): ColumnFacts | undefined {
  const wanted = unquoted(name).toLowerCase();
  return columns.find((column) => column.name.toLowerCase() === wanted);
}

export function noColumn(table: TableFacts, name: string): string {
  const names = table.columns.map((column) => column.name).join(", ");
  return `${quotedTable(table)} has no column "${name}"; it has ${names}.`;
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
