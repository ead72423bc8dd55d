/** A test: its third argument is a time limit in milliseconds, which vitest and Jest heed and `node:test` ignores. */
export type DeclareTest = (name: string, body: () => Promise<void>, timeoutMs?: number) => unknown;

/** What a suite needs of a test runner: `describe` and `it` of vitest, Jest or `node:test` as they are. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: DeclareTest & { readonly skip: DeclareTest };
}

export interface ConformanceOptions<Capability extends string> {
  /** What the implementation declares; checks that need more are reported as skipped. */
  readonly capabilities: readonly Capability[];
  /** Checks to leave out: the check's name, and the reason, which is printed. A name that is no check is an error. */
  readonly skip?: { readonly [check: string]: string };
  /** For each check. Default 60,000. */
  readonly timeoutMs?: number;
  /** Where the counts and the reasons of skips go, line by line. Default: `console.log`. */
  readonly print?: (line: string) => void;
}
