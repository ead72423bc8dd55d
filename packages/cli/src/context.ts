import type { Pipeline } from "@syncline/core";
import { visibleText } from "@syncline/core/transport-kit";
import { Refusal } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

/** What each command gets. */
export interface Context {
  readonly pipeline: Pipeline;
  readonly terminal: Terminal;
  /** Where the configuration is looked for. */
  readonly folder: string;
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

/** Work in portions: whoever wants an end has it after the one under way, and can go on later. */
export async function breakable<Value>({ pipeline, terminal }: Context, work: () => Promise<Value>): Promise<Value> {
  const end = () => void pipeline.stop({ timeoutMs: 0 });
  terminal.signal.addEventListener("abort", end, { once: true });
  try {
    return await work();
  } catch (error) {
    if (terminal.signal.aborted)
      throw new Refusal("It was broken off. What is done is done; run it again for the rest.");
    throw error;
  } finally {
    terminal.signal.removeEventListener("abort", end);
  }
}
