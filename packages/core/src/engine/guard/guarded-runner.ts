import type { QueryLimits, QueryRunner } from "../../contracts/query-runner.ts";
import { aList, aRecord, isRecord, isText, told } from "./answer-checks.ts";
import type { Guard } from "./guard.ts";

export interface RunnerLimits {
  /** `tuning.databaseTimeoutMs`. */
  readonly limitMs: number;
  /** No read takes longer than the operator allows. */
  readonly maxQueryTimeoutMs: number;
}

export function guardRunner(runner: QueryRunner, guard: Guard, limits: RunnerLimits): QueryRunner {
  const { limitMs, maxQueryTimeoutMs } = limits;
  const { concurrency, describe, estimate, explain } = runner;
  return {
    ...(isSound(concurrency, guard) ? { concurrency } : {}),
    run: (statements, asked, signal) => {
      const capped = cap(asked, maxQueryTimeoutMs);
      return guard.ask(
        "run",
        () => runner.run(statements, capped, signal),
        (answer) => resultsNonsense(answer, statements.length),
        // It may wait for a connection first, and for the server to end it last.
        { limitMs: capped.timeoutMs + limitMs, signal },
      );
    },
    ...(describe === undefined
      ? {}
      : {
          describe: (template, signal) =>
            guard.ask("describe", () => describe.call(runner, template, signal), description, {
              limitMs,
              signal,
              isRepeatable: true,
            }),
        }),
    ...(estimate === undefined
      ? {}
      : {
          estimate: (statements, signal) =>
            guard.ask(
              "estimate",
              () => estimate.call(runner, statements, signal),
              aList(isCost, "costs", statements.length),
              { limitMs, signal },
            ),
        }),
    ...(explain === undefined
      ? {}
      : {
          explain: (statements, signal) =>
            guard.ask(
              "explain",
              () => explain.call(runner, statements, signal),
              aList(isText, "plans", statements.length),
              { limitMs, signal },
            ),
        }),
  };
}

/** A strategy that does not say how long its read may take has the lower limit of both. */
function cap(limits: QueryLimits, maxMs: number): QueryLimits {
  return limits.timeoutMs <= maxMs ? limits : { ...limits, timeoutMs: maxMs };
}

function isSound(concurrency: unknown, guard: Guard): concurrency is number {
  if (concurrency === undefined) return false;
  if (Number.isSafeInteger(concurrency) && (concurrency as number) >= 1) return true;
  guard.leftOut("concurrency", `${told(concurrency)}: it is a whole number, at least 1`);
  return false;
}

/**
 * Hot path: whether rows are attested, and of which columns, is looked at where documents are made
 * of them.
 */
function resultsNonsense(answer: unknown, length: number): string | undefined {
  if (!Array.isArray(answer)) return `${told(answer)} instead of a list of results`;
  if (answer.length !== length) return `${answer.length} results of ${length} statements`;
  for (const result of answer) {
    if (!isRecord(result)) return `${told(result)} instead of a result`;
    const { columns, rows } = result;
    if (!Array.isArray(columns) || !Array.isArray(rows)) return "a result without a list of columns or rows";
    if (!columns.every((column) => typeof column === "string")) return "a column without a name";
    for (const row of rows) {
      if (!Array.isArray(row)) return `${told(row)} instead of a row`;
      if (row.length !== columns.length) return `a row of ${row.length} values for ${columns.length} columns`;
    }
  }
  return undefined;
}

const isType = (value: unknown): boolean => value === undefined || isText(value);
const isProblem = (value: unknown): boolean =>
  isRecord(value) && typeof value.at === "string" && typeof value.message === "string";
const description = aRecord({
  types: (value) => aList(isType, "types")(value) === undefined,
  equality: (value) => isRecord(value) && Object.values(value).every(isText),
  problems: (value) => aList(isProblem, "problems")(value) === undefined,
});

function isCost(value: unknown): boolean {
  return value === undefined || (typeof value === "number" && value >= 0);
}
