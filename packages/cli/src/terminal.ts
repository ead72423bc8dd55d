/** Where a command is run. */
export interface Terminal {
  /** Somebody sits there who can be asked. */
  readonly isInteractive: boolean;
  print(text: string): void;
  printError(text: string): void;
  /** Whether to go on. Only asked where `isInteractive`. */
  confirm(question: string): Promise<boolean>;
  /** Further questions. Only asked where `isInteractive`; without it, nobody can be asked them. */
  readonly questions?: Questions;
  /** Fires when whoever sits there, or the system, wants an end. */
  readonly signal: AbortSignal;
}

export interface Choice {
  readonly value: string;
  readonly hint?: string;
}

/** Each resolves with `undefined` where whoever was asked wants to stop. */
export interface Questions {
  /** A line of text. `secret`: it is not shown. `wrong` says what is wrong with it. */
  text(
    message: string,
    options?: {
      readonly initial?: string;
      readonly secret?: boolean;
      readonly wrong?: (text: string) => string | undefined;
    },
  ): Promise<string | undefined>;
  /** One choice or more. */
  choose(message: string, choices: readonly Choice[]): Promise<readonly string[] | undefined>;
}

/** The process's own: Ctrl-C and SIGTERM end the command in order, a second one at once. */
export function processTerminal(): Terminal {
  const ending = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => ending.abort(new Error(name)));
  // Whoever reads on may have seen enough: `syncline status --watch | head`.
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      ending.abort(error);
    });
  return {
    isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    print: (text) => process.stdout.write(`${text}\n`),
    printError: (text) => process.stderr.write(`${text}\n`),
    confirm: async (message) => {
      const { confirm } = await import("@clack/prompts");
      return (await confirm({ message, initialValue: false })) === true;
    },
    questions: processQuestions,
    signal: ending.signal,
  };
}

/** So many are looked through by eye; where there are more, they are searched. */
const fewChoices = 12;

const processQuestions: Questions = {
  text: async (message, { initial, secret = false, wrong } = {}) => {
    const { isCancel, password, text } = await import("@clack/prompts");
    const validate = (value: string | undefined) => wrong?.(value === "" ? (initial ?? "") : (value ?? ""));
    const answer = secret
      ? await password({ message, validate })
      : await text({
          message,
          validate,
          ...(initial === undefined ? {} : { placeholder: initial, defaultValue: initial }),
        });
    return isCancel(answer) ? undefined : answer;
  },
  choose: async (message, choices) => {
    const { autocompleteMultiselect, isCancel, multiselect } = await import("@clack/prompts");
    const options = choices.map(({ value, hint }) => ({
      value,
      label: value,
      ...(hint === undefined ? {} : { hint }),
    }));
    const ask = choices.length > fewChoices ? autocompleteMultiselect<string> : multiselect<string>;
    const answer = await ask({ message, options, required: true });
    return isCancel(answer) ? undefined : answer;
  },
};
