import type { QueryRunner } from "../contracts/query-runner.ts";

/**
 * No read takes longer than the operator allows: a strategy that does not say how long it may has
 * the lower limit of both.
 */
export function capReads(runner: QueryRunner, maxQueryTimeoutMs: number): QueryRunner {
  return {
    run: (statements, limits, signal) =>
      runner.run(
        statements,
        limits.timeoutMs <= maxQueryTimeoutMs ? limits : { ...limits, timeoutMs: maxQueryTimeoutMs },
        signal,
      ),
    ...(runner.concurrency === undefined ? {} : { concurrency: runner.concurrency }),
    ...(runner.describe === undefined ? {} : { describe: runner.describe.bind(runner) }),
    ...(runner.estimate === undefined ? {} : { estimate: runner.estimate.bind(runner) }),
  };
}
