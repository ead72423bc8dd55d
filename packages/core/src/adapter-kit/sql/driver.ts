import type { AnswerRow } from "../../model/answer-row.ts";

/** What a statement takes, by the names of its parameters: for the compiler alone. */
export interface Takes<Given> {
  readonly takes?: (given: Given) => void;
}

/** One statement and its values, by the names of its parameters. */
export interface SqlStep<Statement> {
  readonly statement: Statement;
  readonly given: object;
}

/**
 * Statements of one transaction: each is yielded, and its rows come back; what it throws is thrown
 * there. No promise is awaited in between, so a driver may run them within one turn of the event
 * loop, as an embedded database must, or send the first together with its BEGIN.
 */
export type SqlSteps<Statement, Result> = Generator<SqlStep<Statement>, Result, readonly AnswerRow[]>;

/** `undo`: end without a trace; nothing may have been written that matters. */
export type TransactionEnd<Result> = { readonly result: Result; readonly undo?: boolean };

/**
 * How statements of one database run. `Statement` is the driver's own: a text, and how each of its
 * parameters travels. Rows come as arrays, in the order of the SELECT.
 *
 * Both give up once the signal has fired, leave nothing behind of what failed, and throw
 * `SynclineError`s alone.
 */
export interface SqlDriver<Statement> {
  /** One statement in a transaction of its own. */
  run<Given extends object>(
    statement: Statement & Takes<Given>,
    given: Given,
    signal?: AbortSignal,
  ): Promise<readonly AnswerRow[]>;
  /** `steps` may be asked for again, if the first transaction came to nothing. */
  transaction<Result>(steps: () => SqlSteps<Statement, TransactionEnd<Result>>, signal?: AbortSignal): Promise<Result>;
}

/** What may be part of a transaction: a statement, or where it takes several, their steps. */
export type AskedWithin<Statement, Given extends object> =
  | (Statement & Takes<Given>)
  | ((given: Given) => SqlSteps<Statement, readonly AnswerRow[]>);

/**
 * What the kit asks of a database. Where one transaction is not enough (portions that are each one
 * of their own, another statement for servers that refuse the first): whatever answers the same.
 */
export type Asked<Statement, Given extends object> = AskedWithin<Statement, Given> | Apart<Statement, Given>;

export interface Apart<Statement, Given extends object> {
  apart(driver: SqlDriver<Statement>, given: Given, signal: AbortSignal | undefined): Promise<readonly AnswerRow[]>;
}

/** Without parameters. */
export type Nothing = { readonly [name: string]: never };

/** A step, as in `const rows = yield* ask(statement, { limit })`. */
export function* ask<Statement, Given extends object>(
  asked: AskedWithin<Statement, Given>,
  given: Given,
): SqlSteps<Statement, readonly AnswerRow[]> {
  return typeof asked === "function" ? yield* asked(given) : yield { statement: asked, given };
}

/** In a transaction of its own. */
export function askAlone<Statement, Given extends object>(
  driver: SqlDriver<Statement>,
  asked: Asked<Statement, Given>,
  given: Given,
  signal?: AbortSignal,
): Promise<readonly AnswerRow[]> {
  if (isApart(asked)) return asked.apart(driver, given, signal);
  if (typeof asked !== "function") return driver.run(asked, given, signal);
  return driver.transaction(function* () {
    return { result: yield* asked(given) };
  }, signal);
}

function isApart<Statement, Given extends object>(asked: Asked<Statement, Given>): asked is Apart<Statement, Given> {
  return typeof asked === "object" && asked !== null && "apart" in asked;
}

/** Runs steps one after the other, for a driver's `transaction`. */
export async function runSteps<Statement, Result>(
  steps: SqlSteps<Statement, Result>,
  run: (step: SqlStep<Statement>) => Promise<readonly AnswerRow[]>,
): Promise<Result> {
  let at = steps.next();
  while (at.done !== true) at = await settled(run(at.value), steps);
  return at.value;
}

function settled<Statement, Result>(answer: Promise<readonly AnswerRow[]>, steps: SqlSteps<Statement, Result>) {
  return answer.then(
    (rows) => steps.next(rows),
    (error: unknown) => steps.throw(error),
  );
}

/** The same for a driver that does not wait. */
export function runStepsNow<Statement, Result>(
  steps: SqlSteps<Statement, Result>,
  run: (step: SqlStep<Statement>) => readonly AnswerRow[],
): Result {
  let at = steps.next();
  while (at.done !== true) at = answered(steps, run, at.value);
  return at.value;
}

function answered<Statement, Result>(
  steps: SqlSteps<Statement, Result>,
  run: (step: SqlStep<Statement>) => readonly AnswerRow[],
  step: SqlStep<Statement>,
) {
  let rows: readonly AnswerRow[];
  try {
    rows = run(step);
  } catch (error) {
    return steps.throw(error);
  }
  return steps.next(rows);
}
