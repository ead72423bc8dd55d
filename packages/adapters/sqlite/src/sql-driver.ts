import { type AnswerRow, runStepsNow, type SqlDriver, type SqlStep, type Takes } from "@syncline/core/adapter-kit";
import type { Parameters } from "./driver.ts";
import type { Sql, Store } from "./store.ts";

/** One of Syncline's own statements. Its parameters have the names of what it is given: lists come as JSON. */
export interface SqliteStatementText {
  readonly text: string;
  /** `count`: it answers how many rows it has changed. `nothing`: it has no parameters, and is not kept prepared. */
  readonly answers: "rows" | "count" | "nothing";
}

/** A SELECT, or what has RETURNING. */
export function answering<Given>(text: string): SqliteStatementText & Takes<Given> {
  return { text, answers: "rows" };
}

export function changing<Given>(text: string): SqliteStatementText & Takes<Given> {
  return { text, answers: "count" };
}

/**
 * Statements on a store. A transaction's steps run within one turn of the event loop: whatever they are, nobody has to wait
 * for what comes later.
 *
 * @param begin of transactions: `write` waits for the one writer that there may be; `read` begins as a reader, and its first
 * statement that writes fails if somebody else does.
 */
export function driverOn(store: Store, begin: "write" | "read" = "write"): SqlDriver<SqliteStatementText> {
  return {
    run: (statement, given, signal) => {
      const work = (sql: Sql) => answerOf(sql, { statement, given });
      return /^(SELECT|WITH)\b/.test(statement.text) ? store.read(work, signal) : store.write(work, signal);
    },
    transaction: async (steps, signal) => {
      const ended = await store[begin]((sql) => {
        const { result, undo = false } = runStepsNow(steps(), (step) => answerOf(sql, step));
        if (undo) sql.undo();
        return result;
      }, signal);
      return ended;
    },
  };
}

function answerOf(sql: Sql, { statement, given }: SqlStep<SqliteStatementText>): readonly AnswerRow[] {
  if (statement.answers === "nothing") {
    sql.database.exec(statement.text);
    return [];
  }
  const parameters: Parameters = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, parameterOf(value)]),
  );
  return statement.answers === "rows" ? sql.rows(statement.text, parameters) : [[sql.run(statement.text, parameters)]];
}

function parameterOf(value: unknown): unknown {
  if (typeof value === "boolean") return value ? 1 : 0;
  return Array.isArray(value) ? JSON.stringify(value) : value;
}
