import { isSynclineError, type Pipeline } from "@syncline/core";
import { type Command, CommanderError } from "commander";
import { loadPipeline } from "./config.ts";
import { visibleLines } from "./context.ts";
import { describeFailure, type ExitCode, Refusal } from "./failure.ts";
import { type ImportFrom, importFromFolder } from "./init/packages.ts";
import { createProgram } from "./program.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

export interface RunParts {
  /** Default: the process's own. */
  readonly terminal?: Terminal;
  /** Where the configuration is looked for. Default: the working directory. */
  readonly folder?: string;
  /** Makes the pipeline. Default: the configuration file's. @param file as `--config` says. */
  readonly load?: (folder: string, file: string | undefined) => Promise<Pipeline>;
  /** Imports a package as the folder's own files would. Default: from its `node_modules`. */
  readonly importFrom?: ImportFrom;
}

/** How long a command that is over may take to close its connections. */
const closeMs = 5_000;

/** The command line. Never throws, and never ends the process: what failed is told, in the exit code as well. */
export async function run(parameters: readonly string[], parts: RunParts = {}): Promise<ExitCode> {
  const { terminal = processTerminal(), folder = process.cwd(), load = loadPipeline } = parts;
  const { importFrom = importFromFolder } = parts;
  let exitCode: ExitCode = 0;
  const program = createProgram({
    within: async (work, { inOrder } = { inOrder: false }) => {
      const { config, json } = program.opts<{ config?: string; json: boolean }>();
      const pipeline = await load(folder, config);
      const giveUp = () => void pipeline.stop({ timeoutMs: 0 });
      if (!inOrder) terminal.signal.addEventListener("abort", giveUp, { once: true });
      try {
        exitCode = await work({ pipeline, terminal, folder, json });
      } finally {
        terminal.signal.removeEventListener("abort", giveUp);
        await pipeline.stop({ timeoutMs: closeMs });
      }
    },
    alone: async (work) => {
      const { json } = program.opts<{ json: boolean }>();
      exitCode = await work({ terminal, json, folder, importFrom });
    },
  });
  const output = {
    writeOut: (text: string) => terminal.print(text.trimEnd()),
    writeErr: (text: string) => terminal.printError(text.trimEnd()),
  };
  for (const command of withAll(program)) command.exitOverride().configureOutput(output);
  try {
    await program.parseAsync(parameters, { from: "user" });
    return exitCode;
  } catch (error) {
    // It has said so itself, be it help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const wasEnded = terminal.signal.aborted && isSynclineError(error);
    terminal.printError(wasEnded ? "Ended before it was done." : visibleLines(describeFailure(error)));
    return error instanceof Refusal ? error.exitCode : 1;
  }
}

/** Each of them says by itself what is wrong with its flags. */
function withAll(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withAll)];
}
