import type { InferredType } from "../key-types.ts";
import { quoteIdentifier, quoteLiteral } from "./identifier.ts";

/** Parses the template and infers the types of what is declared as unknown; neither plans nor runs it. */
export function prepareTemplate(name: string, template: string, types: readonly string[]): string {
  return `PREPARE ${quoteIdentifier(name)} (${types.join(", ")}) AS\n${template}`;
}

export function deallocateTemplate(name: string): string {
  return `DEALLOCATE ${quoteIdentifier(name)}`;
}

/**
 * One row for each parameter, in order: schema and name of its type, or of its element's, and
 * whether it is an array. By name and not as `regtype`, whose text for `bpchar` is `character`,
 * which means `character(1)` where it is read again.
 */
export function parameterTypes(name: string): string {
  return `SELECT n.nspname::pg_catalog.text, t.typname::pg_catalog.text, element.oid IS NOT NULL
  FROM pg_catalog.pg_prepared_statements AS p,
       ROWS FROM (pg_catalog.unnest(p.parameter_types::pg_catalog.oid[])) WITH ORDINALITY AS parameter(type, n)
  LEFT JOIN pg_catalog.pg_type AS element ON element.typarray OPERATOR(pg_catalog.=) parameter.type
  JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) coalesce(element.oid, parameter.type)
  JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
 WHERE p.name OPERATOR(pg_catalog.=) ${quoteLiteral(name)}
 ORDER BY parameter.n`;
}

export function typesOf(rows: readonly unknown[]): readonly InferredType[] {
  return (rows as readonly (readonly unknown[])[]).map(([schema, type, isArray]) => ({
    schema: String(schema),
    name: String(type),
    isArray: isArray === true,
  }));
}

export function qualifiedType({ schema, name, isArray }: InferredType): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}${isArray ? "[]" : ""}`;
}

/**
 * Whether the letters A to Z have the lower case that ASCII gives them, whatever follows: not in
 * Turkish (I), nor in Lithuanian before an accent. `citext` compares by this.
 */
export const foldsAsciiCase =
  "SELECT pg_catalog.lower('ABCDEFGHIJKLMNOPQRSTUVWXYZ') OPERATOR(pg_catalog.=) 'abcdefghijklmnopqrstuvwxyz' " +
  "AND pg_catalog.lower('I' OPERATOR(pg_catalog.||) U&'\\0300') OPERATOR(pg_catalog.=) ('i' OPERATOR(pg_catalog.||) U&'\\0300')";
