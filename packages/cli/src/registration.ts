import type { Command } from "commander";
import type { Context } from "./context.ts";
import type { ExitCode } from "./failure.ts";
import type { ImportFrom } from "./init/packages.ts";
import type { Terminal } from "./terminal.ts";

export interface HowItEnds {
  /** It heeds the terminal's signal itself, and ends in order. Default: what is under way is given up. */
  readonly inOrder: boolean;
}

/** What each command is run by. */
export interface Runners {
  /** Makes the pipeline, and stops it afterwards. */
  within(work: (context: Context) => Promise<ExitCode>, how?: HowItEnds): Promise<void>;
  /** Where there is none yet. */
  alone(work: (parts: AloneParts) => Promise<ExitCode>): Promise<void>;
}

export interface AloneParts {
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly folder: string;
  readonly importFrom: ImportFrom;
}

/** Adds a command with its flags to the program. Each command's file has its own. */
export type Register = (program: Command, runners: Runners) => void;
