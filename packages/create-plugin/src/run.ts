import { relative } from "node:path";
import { parseFlags } from "./flags.ts";
import { help } from "./help.ts";
import { folderOf } from "./names.ts";
import { type Answers, askForMissing, type QuestionStreams } from "./questions.ts";
import { Refusal } from "./refusal.ts";
import { ownVersion, type ScaffoldedPlugin, scaffold } from "./scaffold.ts";

/** Where it is run. */
export interface Terminal {
  /** Somebody sits there who can be asked. */
  readonly interactive: boolean;
  /** For the questions. Default: the process's own. */
  readonly streams?: QuestionStreams;
  print(text: string): void;
  printError(text: string): void;
}

const processTerminal: Terminal = {
  interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
  print: (text) => process.stdout.write(`${text}\n`),
  printError: (text) => process.stderr.write(`${text}\n`),
};

/** The command. Returns its exit code: 0 written, 1 failed or cancelled, 2 wrong flags. */
export async function run(parameters: readonly string[], terminal: Terminal = processTerminal): Promise<0 | 1 | 2> {
  const { flags, problems } = parseFlags(parameters);
  const { kind, name, directory } = flags;
  if (problems.length === 0 && (flags.help || flags.version)) {
    terminal.print(flags.help ? help.trimEnd() : ownVersion());
    return 0;
  }
  const mayAsk = terminal.interactive && !flags.yes;
  const missing = mayAsk ? [] : [...(kind ? [] : ["--kind is missing"]), ...(name ? [] : ["--name is missing"])];
  if (problems.length + missing.length > 0) {
    terminal.printError([...problems, ...missing, "See --help."].join("\n"));
    return 2;
  }
  try {
    const chosen: Answers =
      kind !== undefined && name !== undefined
        ? { kind, name, directory: directory ?? folderOf(name) }
        : await askForMissing(flags, terminal.streams);
    terminal.print(farewell(chosen, scaffold(chosen)));
    return 0;
  } catch (error) {
    terminal.printError(error instanceof Refusal ? error.message : describeFault(error));
    return 1;
  }
}

function farewell({ name }: Answers, { directory, files }: ScaffoldedPlugin): string {
  return `${name}: ${files.length} files in ${directory}

  cd ${relative(process.cwd(), directory) || "."}
  npm install
  npm test

The tests fail: each names the member that is to be written next. README.md says in which order.`;
}

/** What the file system said is enough; where it is not the file system, the stack is needed. */
function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "syscall" in error ? error.message : (error.stack ?? error.message);
}
