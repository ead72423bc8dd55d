import type { Pipeline } from "@syncline/core";
import { visibleText } from "@syncline/core/transport-kit";
import { Refusal } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

/** What each command gets. */
export interface Context {
  readonly pipeline: Pipeline;
  readonly terminal: Terminal;
  /** One JSON document to standard output, instead of words. */
  readonly json: boolean;
}

/**
 * The document, or what there is to say of it. Keys, messages and SQL come from outside: what would
 * colour a terminal or hide in it is spelled out.
 */
export function answer({ terminal, json }: Context, document: unknown, words: () => string): void {
  terminal.print(json ? JSON.stringify(document, withBigints, 2) : visibleLines(words()));
}

export function visibleLines(text: string): string {
  return text
    .split("\n")
    .map((line) => visibleText(line))
    .join("\n");
}

/** What cannot be undone is asked for first: by `--yes`, or by whoever sits there. */
export async function makeSure({ terminal }: Context, question: string, isSure: boolean): Promise<void> {
  if (isSure) return;
  if (!terminal.isInteractive) throw new Refusal(`${question} Nobody can be asked here: say --yes.`, 2);
  if (!(await terminal.confirm(question))) throw new Refusal("Nothing was done.");
}

function withBigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
