import { type ExitCode, run, type Terminal } from "@syncline/cli";
import type { Pipeline } from "@syncline/core";

/** What a command printed, and how it ended. */
export interface Ran {
  readonly exitCode: ExitCode;
  readonly out: string;
  readonly err: string;
}

export interface Surroundings {
  /** What is answered to a question; `undefined`: nobody can be asked. */
  readonly says?: boolean;
  readonly signal?: AbortSignal;
  /** Each text as it is printed, to either. */
  readonly printed?: string[];
}

/** The command line as an operator uses it, on pipelines that `open` makes: a new one each time. */
export function commandLine(open: () => Pipeline | Promise<Pipeline>) {
  return async (line: string | readonly string[], { says, signal, printed = [] }: Surroundings = {}): Promise<Ran> => {
    const out: string[] = [];
    const err: string[] = [];
    const terminal: Terminal = {
      isInteractive: says !== undefined,
      print: (text) => {
        out.push(text);
        printed.push(text);
      },
      printError: (text) => {
        err.push(text);
        printed.push(text);
      },
      confirm: async (question) => {
        err.push(question);
        return says === true;
      },
      signal: signal ?? new AbortController().signal,
    };
    const parameters = typeof line === "string" ? line.split(" ") : line;
    const exitCode = await run(parameters, { terminal, load: async () => await open() });
    return { exitCode, out: out.join("\n"), err: err.join("\n") };
  };
}
