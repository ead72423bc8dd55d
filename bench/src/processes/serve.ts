import type { Answer, Question } from "./messages.ts";

export type Commands = { readonly [command: string]: (argument: never) => unknown };

/** Answers the parent's questions over the channel of `fork`, and ends with the parent. */
export function serve(commands: Commands): void {
  process.on("message", (question: Question) => void answer(commands, question));
  process.on("disconnect", () => process.exit());
}

async function answer(commands: Commands, { number, command, argument }: Question): Promise<void> {
  try {
    const run = command === "ping" ? () => undefined : commands[command];
    if (run === undefined) throw new Error(`There is no command "${command}".`);
    send({ number, result: await run(argument as never) });
  } catch (error) {
    send({ number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

function send(answer: Answer): void {
  process.send?.(answer);
}
