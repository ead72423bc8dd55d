import type { FieldType } from "@syncline/core/spi";
import type { ColumnFacts, TableFacts } from "./table-facts.ts";
import { asRead } from "./table-name.ts";

/** As SQL reads the name; else as it is called. */
export function columnOf({ columns }: TableFacts, name: string): ColumnFacts | undefined {
  const wanted = asRead(name);
  return columns.find((column) => column.name === wanted) ?? columns.find((column) => column.name === name);
}

type Kind = "text" | "number" | "raw" | "date" | "instant" | "boolean" | "uuid";

function kindOf({ type, length }: Omit<ColumnFacts, "name">): Kind | undefined {
  if (/^N?(?:VAR)?CHAR2?$/.test(type)) return "text";
  // FLOAT is a type of its own there.
  if (type === "NUMBER") return "number";
  if (type === "RAW") return length === uuidBytes ? "uuid" : "raw";
  if (type === "DATE") return "date";
  if (type === "BOOLEAN") return "boolean";
  return /^TIMESTAMP\([0-6]\) WITH (?:LOCAL )?TIME ZONE$/.test(type) ? "instant" : undefined;
}

const uuidBytes = 16;

/** By the type of a key field, the columns whose values are such keys, and find their rows again. */
const fitting: { readonly [Type in FieldType]: readonly Kind[] } = {
  integer: ["number"],
  bigint: ["number"],
  decimal: ["number"],
  boolean: ["number", "boolean"],
  uuid: ["uuid"],
  date: ["date"],
  timestamp: ["instant"],
  string: ["text", "number", "raw", "uuid"],
};

const declared: { readonly [Each in Kind]: FieldType } = {
  text: "string",
  number: "decimal",
  raw: "string",
  date: "date",
  instant: "timestamp",
  boolean: "boolean",
  uuid: "uuid",
};

/** The type of the key field that a column is; `null`: it can be no key. */
export function declaredAs(column: Omit<ColumnFacts, "name">): FieldType | null {
  const kind = kindOf(column);
  if (kind === undefined) return null;
  return kind === "number" && column.scale === 0 ? "bigint" : declared[kind];
}

/** Why a column can be no key field of the type; a clause after its name. */
export function misfit(field: FieldType, column: ColumnFacts): string | undefined {
  const kind = kindOf(column);
  if (kind === undefined) return `has the type ${column.type}, which can be no key${advice(column.type)}.`;
  const hasPlaces = kind === "number" && (column.scale ?? 0) > 0;
  const isWhole = field === "integer" || field === "bigint" || field === "boolean";
  if (fitting[field].includes(kind) && !(hasPlaces && isWhole)) return undefined;
  const wanted = kind === "number" && !hasPlaces ? "bigint" : declared[kind];
  return `has the type ${column.type}, and the key field the type ${field}: declare it as "${wanted}".`;
}

function advice(type: string): string {
  if (/^TIMESTAMP\([7-9]\) WITH/.test(type)) return ", since a key keeps six places";
  return /^TIMESTAMP\(\d\)$/.test(type) ? ", since it has no zone" : "";
}
