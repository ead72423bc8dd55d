import { type Condition, type QueryResult, SynclineError, type WireValue } from "@syncline/core/spi";
import type { Expression, Select } from "./parse-select.ts";
import type { MemoryStore, MemoryTable } from "./store.ts";

type Row = { readonly [column: string]: WireValue };

/** What an expression can refer to. */
interface Scope {
  readonly row: Row;
  readonly parameters: readonly unknown[];
  readonly key: Condition;
}

/** Errors: `query.invalid`, `query.data`. */
export function runSelect(store: MemoryStore, select: Select, parameters: readonly unknown[]): QueryResult {
  const table = tableOf(store, select);
  const names = select.columns.map(({ name }) => name);
  if (select.answer === "bare") return { columns: names, rows: rowsFor(table, select, parameters, {}) };
  const columns = ["#", "present", ...names];
  if (select.answer === "one") return { columns, rows: answered(0, rowsFor(table, select, parameters, {}), names) };
  const keys = parameters[0] as readonly Condition[];
  return { columns, rows: keys.flatMap((key, position) => answered(position, rowsFor(table, select, [], key), names)) };
}

/** Every key answers: with its rows, or with one that says that there is none. */
function answered(position: number, rows: readonly WireValue[][], names: readonly string[]): WireValue[][] {
  if (rows.length === 0) return [[position, null, ...names.map(() => null)]];
  return rows.map((row) => [position, true, ...row]);
}

export function tableOf(store: MemoryStore, { table: name, columns, where }: Select): MemoryTable {
  const table = store.tables.get(name);
  if (table === undefined) throw new SynclineError("query.invalid", `There is no table "${name}".`);
  for (const expression of [...columns.map((column) => column.expression), ...where.flat()]) {
    if (expression.kind === "column" && !table.columns.includes(expression.name)) {
      throw new SynclineError("query.invalid", `The table "${name}" has no column "${expression.name}".`);
    }
  }
  return table;
}

function rowsFor(table: MemoryTable, select: Select, parameters: readonly unknown[], key: Condition): WireValue[][] {
  return [...table.rows.values()]
    .map((row): Scope => ({ row, parameters, key }))
    .filter((scope) => select.where.every(([left, right]) => areEqual(evaluate(left, scope), evaluate(right, scope))))
    .map((scope) => select.columns.map(({ expression }) => evaluate(expression, scope)));
}

/** As in SQL, NULL equals nothing; a whole number equals its digits, since a 64-bit key is a text. */
function areEqual(left: WireValue, right: WireValue): boolean {
  if (left === null || right === null) return false;
  // Not by `String`: under Jest each look at a global goes through its sandbox, a minute for the
  // rows of a large set.
  return left === right || `${left}` === `${right}`;
}

function evaluate(expression: Expression, scope: Scope): WireValue {
  switch (expression.kind) {
    case "column":
      return scope.row[expression.name] ?? null;
    case "value":
      return expression.value;
    case "parameter":
      return (scope.parameters[expression.position - 1] ?? null) as WireValue;
    case "key":
      return scope.key[expression.field] ?? null;
    case "number-of":
      return numberOf(evaluate(expression.of, scope));
  }
}

function numberOf(value: WireValue): WireValue {
  if (value === null) return null;
  const number = Number(value);
  if (Number.isNaN(number)) throw new SynclineError("query.data", "A text is no number.");
  return number;
}
