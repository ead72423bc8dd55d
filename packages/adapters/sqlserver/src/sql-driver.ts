import { type AnswerRow, runSteps, type SqlDriver, type Takes } from "@syncline/core/adapter-kit";
import type { Connections } from "./connections.ts";
import type { ParameterValues } from "./parameter-types.ts";
import type { OwnStatement } from "./sql/statement.ts";

/** A statement that the kit runs: what it is given, as parameters of the statement. */
export interface NamedStatement {
  readonly statement: OwnStatement;
  values(given: object): ParameterValues;
}

/** @param values what the kit gives, as the statement's parameters. */
export function named<Given extends object>(
  statement: OwnStatement,
  values: (given: Given) => ParameterValues,
): NamedStatement & Takes<Given> {
  return { statement, values: (given) => values(given as Given) };
}

export function driverOn(connections: Connections): SqlDriver<NamedStatement> {
  return {
    run: ({ statement, values }, given, signal): Promise<readonly AnswerRow[]> =>
      connections.run(statement, values(given), signal),
    transaction: (steps, signal) =>
      connections.transaction(
        ({ run }) => runSteps(steps(), ({ statement: { statement, values }, given }) => run(statement, values(given))),
        signal,
      ),
  };
}
