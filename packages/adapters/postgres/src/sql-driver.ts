import { runSteps, type SqlDriver } from "@syncline/core/adapter-kit";
import type { Connections } from "./connections.ts";
import type { NamedStatement } from "./sql/statement.ts";

/**
 * Named parameters over connections: what finds rows by their keys goes out in one packet with its
 * BEGIN and COMMIT.
 */
export function driverOn(connections: Connections): SqlDriver<NamedStatement> {
  return {
    async run(statement, given, signal) {
      const { runByKeys, run } = connections;
      const rows = await (statement.byKeys ? runByKeys : run)(statement, statement.values(given), signal);
      return statement.answer?.(rows) ?? rows;
    },
    transaction: (steps, signal) =>
      connections.transaction(
        (run) =>
          runSteps(steps(), async ({ statement, given }) => {
            const rows = await run(statement, statement.values(given));
            return statement.answer?.(rows) ?? rows;
          }),
        signal,
      ),
  };
}
