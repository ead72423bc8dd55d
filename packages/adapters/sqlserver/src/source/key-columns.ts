import type { FieldType } from "@syncline/core/spi";
import type { ColumnFacts, TableFacts } from "./table-facts.ts";
import { unquoted } from "./table-name.ts";

/** As it is called; else the one that is called so but for its letters' case. */
export function columnOf({ columns }: TableFacts, name: string): ColumnFacts | undefined {
  const wanted = unquoted(name);
  const alike = columns.filter((column) => column.name.toLowerCase() === wanted.toLowerCase());
  return columns.find((column) => column.name === wanted) ?? (alike.length === 1 ? alike[0] : undefined);
}

const integers = ["tinyint", "smallint", "int", "bigint"];
const decimals = ["decimal", "numeric"];
const texts = ["char", "varchar", "nchar", "nvarchar"];
const moneys = ["money", "smallmoney"];

/** By the type of a key field, the columns whose values are such keys, and find their rows again. */
const fitting: { readonly [Type in FieldType]: readonly string[] } = {
  integer: integers,
  bigint: integers,
  decimal: [...integers, ...decimals, ...moneys],
  boolean: ["bit"],
  uuid: ["uniqueidentifier"],
  date: ["date"],
  timestamp: ["datetimeoffset"],
  string: [
    ...[...texts, ...integers, ...decimals, ...moneys, "bit", "uniqueidentifier", "date"],
    ...["datetime", "datetime2", "smalldatetime", "datetimeoffset"],
  ],
};

/** What to declare of a type that fits several. */
const declared: readonly (readonly [types: readonly string[], field: FieldType])[] = [
  [["bigint"], "bigint"],
  [integers, "integer"],
  [[...decimals, ...moneys], "decimal"],
  [["bit"], "boolean"],
  [["uniqueidentifier"], "uuid"],
  [["date"], "date"],
  [["datetimeoffset"], "timestamp"],
  [fitting.string, "string"],
];

/** A key keeps six digits of a second. */
const mostPlaces = 6;

/** The type of the key field that a column is; `null`: it can be no key. */
export function declaredAs({ type, scale }: Pick<ColumnFacts, "type" | "scale">): FieldType | null {
  const field = declared.find(([types]) => types.includes(type))?.[1] ?? null;
  return field === "timestamp" && scale > mostPlaces ? "string" : field;
}

/** Why a column can be no key field of the type; a clause after its name. */
export function misfit(field: FieldType, { type, scale }: ColumnFacts): string | undefined {
  const isFine = type === "datetimeoffset" && scale > mostPlaces;
  if (isFine && field !== "string")
    return `has the type datetimeoffset(${scale}), and a key keeps six digits: make it datetimeoffset(6), or declare the field as "string".`;
  if (fitting[field].includes(type)) return undefined;
  const isWhole = decimals.includes(type) && scale === 0;
  if (isWhole && (field === "integer" || field === "bigint")) return undefined;
  const wanted = declaredAs({ type, scale });
  if (wanted === null) return `has the type ${type}, which can be no key.`;
  return `has the type ${type}, and the key field the type ${field}: declare it as "${wanted}".`;
}
