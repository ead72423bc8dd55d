import { type AnswerRow, runSteps, type SqlDriver, type Takes } from "@syncline/core/adapter-kit";
import { SynclineError } from "@syncline/core/spi";
import type { Answer, Connections } from "./connections.ts";
import type { OwnStatement } from "./sql/statement.ts";
import type { BindValues } from "./statement-binds.ts";

/** What a statement is given: values of its binds, or of one that is run for each row, rows of them. */
export type Bound = BindValues | readonly BindValues[];

/** A statement that the kit runs: what it is given, as its binds. */
export interface NamedStatement {
  readonly statement: OwnStatement;
  values(given: object): Bound;
  /** What the kit reads: rows of a query, how many rows were written, what a block has put out. */
  rows(answer: Answer): readonly AnswerRow[];
}

/**
 * @param values what the kit gives, as the statement's binds.
 * @param rows of a block or of what is not read as it is; else as `rowsOf`.
 */
export function named<Given extends object>(
  statement: OwnStatement,
  values: (given: Given) => Bound,
  rows: NamedStatement["rows"] = (answer) => rowsOf(statement, answer),
): NamedStatement & Takes<Given> {
  return { statement, values: (given) => values(given as Given), rows };
}

/** A block puts out one row, of its OUT binds in their order. */
function rowsOf({ kind, binds, name }: OwnStatement, { rows, out, rowsAffected }: Answer): readonly AnswerRow[] {
  if (kind === "query") return rows;
  if (kind !== "block") return [[rowsAffected]];
  const names = Object.entries(binds).flatMap(([bindName, bind]) => ("out" in bind ? [bindName] : []));
  const missing = names.filter((each) => out[each] === undefined);
  if (missing.length > 0)
    throw new SynclineError("database.failed", `The block "${name}" has put out no ${missing.join(" and no ")}.`);
  return [names.map((each) => out[each])];
}

export function driverOn(connections: Connections): SqlDriver<NamedStatement> {
  return {
    run: async ({ statement, values, rows }, given, signal) =>
      rows(await connections.run(statement, values(given), signal)),
    transaction: (steps, signal) =>
      connections.transaction(
        (run) =>
          runSteps(steps(), async ({ statement: { statement, values, rows }, given }) =>
            rows(await run(statement, values(given))),
          ),
        signal,
      ),
  };
}
