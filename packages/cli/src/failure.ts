import { isSynclineError } from "@syncline/core";

/** 0: done, and all is well. 1: failed, or something is wrong. 2: the command line is. */
export type ExitCode = 0 | 1 | 2;

/** What was asked for cannot be done, in words for people. Anything else that is thrown is a bug. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** For a person: never a stack, and what Syncline says has its code in front. */
export function describeFailure(error: unknown): string {
  if (isSynclineError(error)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
