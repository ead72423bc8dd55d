/** Where a command is run. */
export interface Terminal {
  /** Somebody sits there who can be asked. */
  readonly isInteractive: boolean;
  print(text: string): void;
  printError(text: string): void;
  /** Whether to go on. Only asked where `isInteractive`. */
  confirm(question: string): Promise<boolean>;
  /** Fires when whoever sits there, or the system, wants an end. */
  readonly signal: AbortSignal;
}

/** The process's own: Ctrl-C and SIGTERM end the command in order, a second one at once. */
export function processTerminal(): Terminal {
  const ending = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => ending.abort(new Error(name)));
  return {
    isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    print: (text) => process.stdout.write(`${text}\n`),
    printError: (text) => process.stderr.write(`${text}\n`),
    confirm: async (message) => {
      const { confirm } = await import("@clack/prompts");
      return (await confirm({ message, initialValue: false })) === true;
    },
    signal: ending.signal,
  };
}
