import { columnName } from "@syncline/core/adapter-kit";
import { unnest } from "./unnest.ts";

/** How a value travels, and how the statement names it. */
export interface ParameterType<Value> {
  place(next: () => number): string;
  add(values: unknown[], value: Value): void;
  /** The same of a column of rows: one array. */
  readonly column: { readonly cast: string; of(values: readonly Value[]): unknown };
}

/** Rows, as an array for each of their columns. */
export interface RowsType<Row> {
  place(next: () => number): (alias: string, number?: string) => string;
  add(values: unknown[], rows: readonly Row[]): void;
}

/**
 * What needs no escaping goes as PostgreSQL's array text. The driver would escape each element by
 * itself: that is for texts, which are passed as JavaScript arrays.
 */
function plain<Value>(cast: string): ParameterType<Value> {
  return {
    place: (next) => `$${next()}::${cast}`,
    add: (values, value) => void values.push(value),
    column: { cast: `${cast}[]`, of: arrayText },
  };
}

function arrayText(values: readonly unknown[]): string {
  const hasNone = values.includes(null) || values.includes(undefined);
  return `{${(hasNone ? values.map((value) => value ?? "NULL") : values).join()}}`;
}

export const bigint = plain<string | number>("bigint");
export const int = plain<number>("int");
export const float8 = plain<number>("float8");
export const uuid = plain<string>("uuid");
export const boolean = plain<boolean>("boolean");
/** Letters, digits and dashes alone, as of an operation. */
export const word = plain<string>("text");
export const text: ParameterType<string> = { ...plain("text"), column: { cast: "text[]", of: (values) => values } };

export function optional<Value>(type: ParameterType<Value>): ParameterType<Value | null> {
  return type as ParameterType<unknown> as ParameterType<Value | null>;
}

/** All in one array. */
export function list<Value>({ column }: ParameterType<Value>): ParameterType<readonly Value[]> {
  return {
    place: (next) => `$${next()}::${column.cast}`,
    add: (values, value) => void values.push(value === null ? null : column.of(value)),
    column: { cast: column.cast, of: () => undefined },
  };
}

/** What becomes one text, as JSON. */
export function textOf<Value>(write: (value: Value) => string): ParameterType<Value> {
  return {
    place: (next) => `$${next()}::text`,
    add: (values, value) => void values.push(write(value)),
    column: { cast: "text[]", of: (values) => values.map(write) },
  };
}

type Columns<Row> = { readonly [Name in keyof Row]: ParameterType<Row[Name]> };

/** One row for each element, a column for each of the names, which are written with underscores. */
export function rows<Row>(columns: Columns<Row>): RowsType<Row> {
  const named = Object.entries(columns) as unknown as readonly (readonly [
    keyof Row & string,
    ParameterType<Row[keyof Row]>,
  ])[];
  return {
    place: (next) => {
      const arrays = unnest(...named.map(([, { column }]) => `$${next()}::${column.cast}`));
      const names = named.map(([name]) => columnName(name));
      return (alias, number) =>
        number === undefined
          ? `${arrays} AS ${alias}(${names.join(", ")})`
          : `${arrays} WITH ORDINALITY AS ${alias}(${[...names, number].join(", ")})`;
    },
    add: (values, given) => {
      for (const [name, { column }] of named) values.push(column.of(given.map((row) => row[name])));
    },
  };
}
