import type { AnswerRow } from "../../model/answer-row.ts";
import type { SynclineError } from "../../model/errors.ts";
import { throwIfAborted } from "../aborted.ts";
import { translating } from "../translating.ts";
import type { Connections } from "./connections.ts";
import { ask, runSteps, type SqlDriver } from "./driver.ts";

/** How statements of one database run on a connection. Each throws whatever the driver does. */
export interface DriverParts<Connection, Statement> {
  /** The one place where what the driver throws becomes a `SynclineError`. What is one stays as it is. */
  translate(error: unknown): SynclineError;
  /** READ COMMITTED: what others have committed meanwhile has to be seen, and recording never waits. */
  begin(connection: Connection): Promise<unknown>;
  /** Rows as arrays. */
  execute(connection: Connection, statement: Statement, given: object): Promise<readonly AnswerRow[]>;
  commit(connection: Connection): Promise<unknown>;
  rollback(connection: Connection): Promise<unknown>;
  /** A statement in a transaction of its own, where that takes less than BEGIN, it, and COMMIT. */
  executeAlone?(connection: Connection, statement: Statement, given: object): Promise<readonly AnswerRow[]>;
}

/** A `SqlDriver` over connections: one for each operation. */
export function createSqlDriver<Connection, Statement>(
  connections: Connections<Connection>,
  parts: DriverParts<Connection, Statement>,
): SqlDriver<Statement> {
  const { begin, execute, commit, rollback, translate, executeAlone } = parts;

  /** What fails leaves nothing: a connection that is lost, or is ended, takes its transaction with it. */
  function undoing<Result>(work: (connection: Connection) => Promise<Result>, signal: AbortSignal | undefined) {
    return translating(translate, () =>
      connections.withConnection(async (connection, doubt) => {
        try {
          return await work(connection);
        } catch (error) {
          // The first error is the one to report.
          if (!connections.breaksConnection(error)) await rollback(connection).catch(doubt);
          throw error;
        }
      }, signal),
    );
  }

  const driver: SqlDriver<Statement> = {
    run: (statement, given, signal) =>
      executeAlone === undefined
        ? driver.transaction(function* () {
            return { result: yield* ask(statement, given) };
          }, signal)
        : undoing((connection) => executeAlone(connection, statement, given), signal),
    transaction: (steps, signal) =>
      undoing(async (connection) => {
        await begin(connection);
        const { result, undo = false } = await runSteps(steps(), async ({ statement, given }) => {
          throwIfAborted(signal);
          return execute(connection, statement, given);
        });
        await (undo ? rollback(connection) : commit(connection));
        return result;
      }, signal),
  };
  return driver;
}
