import type { AnswerRow, Takes } from "@syncline/core/adapter-kit";
import { asciiJson } from "./ascii-json.ts";

/** A statement of ours, whose parameters are named in its text: `:limit`. */
export interface NamedStatement {
  /** With `?` for each parameter, as the driver wants it. */
  readonly text: string;
  /** In the order of the `?`. */
  values(given: object): readonly unknown[];
  /** Makes of its rows what the kit reads, where they come in another form. */
  answer?(rows: readonly AnswerRow[]): readonly AnswerRow[];
}

type Value = string | number | bigint | boolean | null;

/** Rows travel as one parameter, a JSON array, for JSON_TABLE. */
type Parameters = { readonly [name: string]: Value | readonly unknown[] };

const parameter = /:([a-z][A-Za-z]*)/g;

/**
 * @param text a colon and a letter are a parameter, also in strings and comments: ours have no
 * others.
 */
export function statement<Given extends object>(
  text: string,
  answer?: NamedStatement["answer"],
): NamedStatement & Takes<Given> {
  const names = [...text.matchAll(parameter)].map(([, name]) => name ?? "");
  return {
    text: text.replaceAll(parameter, "?"),
    values: (given) => names.map((name) => parameterOf((given as Parameters)[name])),
    ...(answer === undefined ? {} : { answer }),
  };
}

function parameterOf(value: Parameters[string] | undefined): Value {
  if (value === undefined) return null;
  return typeof value === "object" && value !== null ? asciiJson(value) : value;
}

type Columns = { readonly [name: string]: string };

/**
 * The rows of a parameter as a table: `n` counts them from 1, and each other column has the name
 * that it has in the rows.
 */
export function rowsOf(parameterName: string, alias: string, columns: Columns): string {
  const list = Object.entries(columns).map(([name, type]) => `\`${name}\` ${type} PATH '$.${name}'`);
  return `JSON_TABLE(:${parameterName}, '$[*]' COLUMNS (n FOR ORDINALITY, ${list.join(", ")})) AS ${alias}`;
}

/** A parameter that is an array of plain values, as a table with the columns `n` and `value`. */
export function valuesOf(parameterName: string, alias: string, type: string): string {
  return `JSON_TABLE(:${parameterName}, '$[*]' COLUMNS (n FOR ORDINALITY, value ${type} PATH '$')) AS ${alias}`;
}
