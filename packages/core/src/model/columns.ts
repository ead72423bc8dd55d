import { type AnswerRow, flagOf, instantOf, operationOf, placesOf } from "./answer-row.ts";

/** As what a column's value travels: a dialect says how a SELECT makes it so. */
export type ColumnKind = "text" | "digits" | "number" | "instant" | "flag" | "age";

/** A column of an answer: as what it travels, and what is made of it. */
export interface ColumnType<Value> {
  readonly kind: ColumnKind;
  read(value: unknown): Value;
}

export const text: ColumnType<string> = { kind: "text", read: String };
/** NULL stays `null`. */
export const optionalText: ColumnType<string | null> = {
  kind: "text",
  read: (value) => (isMissing(value) ? null : String(value)),
};
/** Some databases keep an empty text as NULL. */
export const textOrEmpty: ColumnType<string> = {
  kind: "text",
  read: (value) => (isMissing(value) ? "" : String(value)),
};
export const operation = { kind: "text", read: operationOf } as const;
/** Of 64 bits: a text of decimal digits, since a number loses some. */
export const digits: ColumnType<string> = { kind: "digits", read: String };
export const number: ColumnType<number> = { kind: "number", read: (value) => Number(value ?? 0) };
export const optionalNumber: ColumnType<number | null> = {
  kind: "number",
  read: (value) => (isMissing(value) ? null : Number(value)),
};
/** Epoch milliseconds. */
export const instant: ColumnType<number> = { kind: "instant", read: instantOf };
export const flag: ColumnType<boolean> = { kind: "flag", read: flagOf };
/** NULL stays `null`. */
export const optionalFlag: ColumnType<boolean | null> = {
  kind: "flag",
  read: (value) => (isMissing(value) ? null : flagOf(value)),
};
/** Milliseconds since a time; 0 without one. */
export const age: ColumnType<number> = { kind: "age", read: (value) => Number(value ?? 0) };

type Definition<Row> = { readonly [Name in keyof Row]: ColumnType<Row[Name]> };

/** How a database names a column, and makes of an expression what travels. */
export interface ColumnSpelling {
  name(column: string): string;
  readonly kinds: { readonly [Kind in ColumnKind]?: (expression: string) => string };
}

export interface ListOptions<Name extends string> {
  /** In front of each name, as in `d.`. */
  readonly from?: string;
  /** What stands for a column where its name alone would not do. */
  readonly as?: { readonly [Column in Name]?: string };
  /** How far a line that follows is indented. Default 7, below `SELECT `. */
  readonly indent?: number;
}

/** Columns of one answer, from which follow its SELECT list and what is made of a row. */
export interface Columns<Row> {
  /** In the order of the SELECT list. */
  readonly names: readonly (keyof Row & string)[];
  /** Where each stands. */
  readonly at: { readonly [Name in keyof Row & string]: number };
  /** As they are, for what is between two statements. */
  list(spelling: ColumnSpelling, options?: ListOptions<keyof Row & string>): string;
  /** As they travel. */
  select(spelling: ColumnSpelling, options?: ListOptions<keyof Row & string>): string;
  /** Of a row that begins with them; what follows is the adapter's own. */
  rowOf(row: AnswerRow): Row;
}

/** @param rowOf for what is read for each change: written out it takes half the time. */
export function columnsOf<Row extends object>(
  definition: Definition<Row>,
  rowOf?: (row: AnswerRow) => Row,
): Columns<Row> {
  const columns = Object.entries(definition) as unknown as readonly (readonly [
    keyof Row & string,
    ColumnType<unknown>,
  ])[];
  const names = columns.map(([name]) => name);
  const listed = (spelling: ColumnSpelling, options: ListOptions<keyof Row & string>, isSelected: boolean) => {
    const { from = "", as = {}, indent = 7 } = options;
    const items = columns.map(([name, { kind }]) => {
      const expression: string =
        (as as { readonly [column: string]: string })[name] ?? `${from}${spelling.name(columnName(name))}`;
      return isSelected ? (spelling.kinds[kind]?.(expression) ?? expression) : expression;
    });
    return folded(items, indent);
  };
  return {
    names,
    at: placesOf(names),
    list: (spelling, options = {}) => listed(spelling, options, false),
    select: (spelling, options = {}) => listed(spelling, options, true),
    rowOf: rowOf ?? ((row) => Object.fromEntries(columns.map(([name, { read }], at) => [name, read(row[at])])) as Row),
  };
}

const lineLength = 110;

function folded(items: readonly string[], indent: number): string {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last === undefined || indent + last.length + item.length > lineLength) lines.push(item);
    else lines[lines.length - 1] = `${last}, ${item}`;
  }
  return lines.join(`,\n${" ".repeat(indent)}`);
}

/** `firstRecordedAt` as `first_recorded_at`. */
export function columnName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined;
}
