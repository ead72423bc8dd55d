import { SynclineError } from "@syncline/core/spi";

export interface FilesOptions {
  /**
   * Names of environment variables that `${env:NAME}` may stand for in the files' texts (not in
   * queries). Default none: whoever writes a file could send any of them to a downstream.
   */
  readonly env?: readonly string[];
  /**
   * How often the folder is looked at, in milliseconds; what tells of changes is only faster.
   * Default 2,000.
   */
  readonly pollMs?: number;
  /**
   * How long a change must have stood before it is read, and a file must have been away before it
   * is gone, in milliseconds. Default 500.
   */
  readonly settleMs?: number;
}

export interface ResolvedOptions {
  readonly env: ReadonlySet<string>;
  readonly pollMs: number;
  readonly settleMs: number;
}

const longestMs = 3_600_000;

/** Errors: `config.invalid`. */
export function resolveOptions({ env = [], pollMs = 2_000, settleMs = 500 }: FilesOptions): ResolvedOptions {
  const problems = [
    ...(Array.isArray(env) && env.every((name) => typeof name === "string")
      ? []
      : [{ at: "files.env", message: "It must be a list of environment variables' names." }]),
    ...timeProblem("pollMs", pollMs, 50),
    ...timeProblem("settleMs", settleMs, 0),
  ];
  if (problems.length > 0)
    throw new SynclineError("config.invalid", "The options of files() are not in order.", { problems });
  return { env: new Set(env), pollMs, settleMs };
}

function timeProblem(name: string, value: unknown, least: number) {
  const isRight = typeof value === "number" && value >= least && value <= longestMs;
  return isRight ? [] : [{ at: `files.${name}`, message: `It must be a number from ${least} to ${longestMs}.` }];
}
