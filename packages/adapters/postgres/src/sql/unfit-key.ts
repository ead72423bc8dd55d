import type { FieldType } from "@syncline/core/spi";
import { quoteLiteral } from "./identifier.ts";

export interface KeyColumn {
  readonly name: string;
  readonly column: string;
  readonly type: FieldType;
}

/** What core takes as a number, and no `NaN` or `Infinity`. */
const number = quoteLiteral("^[+-]?[0-9]+([.][0-9]*)?([eE][+-]?[0-9]{1,4})?$");
const mostCharacters = 400;

/**
 * True of a row whose key core would refuse when it is dispatched, so that nobody who backfills
 * would hear of it. NULL is told apart.
 */
export function unfitKey(fields: readonly KeyColumn[]): string {
  const texts = fields.filter(({ type }) => type === "string");
  return [...fields.flatMap(({ column, type }) => unfitValue(column, type)), ...tooLong(texts)].join(" OR ") || "false";
}

function unfitValue(column: string, type: FieldType): readonly string[] {
  const text = `${column}::pg_catalog.text`;
  const isNumber = `${text} OPERATOR(pg_catalog.~) ${number}`;
  switch (type) {
    case "string":
      return [];
    case "date":
      return [outside(`${column}::pg_catalog.date`, "date", "0001-01-01", "9999-12-31")];
    case "timestamp":
      return [
        outside(
          `${column}::pg_catalog.timestamptz`,
          "timestamptz",
          "0001-01-01T00:00:00Z",
          "9999-12-31T23:59:59.999999Z",
        ),
      ];
    case "decimal":
      return [`NOT ${isNumber}`];
    case "integer":
      return [`CASE WHEN ${isNumber} THEN ${notWhole(text, "9007199254740991", "9007199254740991")} ELSE true END`];
    case "bigint":
      return [
        `CASE WHEN ${isNumber} THEN ${notWhole(text, "9223372036854775808", "9223372036854775807")} ELSE true END`,
      ];
    case "boolean":
      return [`pg_catalog.jsonb_typeof(pg_catalog.to_jsonb(${column})) OPERATOR(pg_catalog.<>) 'boolean'`];
    case "uuid":
      return [`pg_catalog.replace(pg_catalog.btrim(${text}, '{}'), '-', '') OPERATOR(pg_catalog.!~*) '^[0-9a-f]{32}$'`];
  }
}

/** What is infinite, too. */
function outside(value: string, type: string, from: string, to: string): string {
  const bound = (at: string) => `${quoteLiteral(at)}::pg_catalog.${type}`;
  return `${value} OPERATOR(pg_catalog.<) ${bound(from)} OR ${value} OPERATOR(pg_catalog.>) ${bound(to)}`;
}

function notWhole(text: string, below: string, above: string): string {
  const value = `${text}::pg_catalog.numeric`;
  // No minus of its own: it would be an operator, which others can define for numeric, too.
  const range = outside(value, "numeric", `-${below}`, above);
  return `${value} OPERATOR(pg_catalog.<>) pg_catalog.trunc(${value}) OR ${range}`;
}

/** By its texts alone: how long the other values become is core's to say. */
function tooLong(texts: readonly KeyColumn[]): readonly string[] {
  if (texts.length === 0) return [];
  const lengths = texts.map(
    ({ column }) => `pg_catalog.length(pg_catalog.to_jsonb(${column}::pg_catalog.text)::pg_catalog.text)`,
  );
  return [`${lengths.join(" OPERATOR(pg_catalog.+) ")} OPERATOR(pg_catalog.>) ${mostCharacters}`];
}
