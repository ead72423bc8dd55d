import { isSynclineError } from "../../model/errors.ts";
import { visibleText } from "../../model/visible-text.ts";

/**
 * What a transport, an adapter or a strategy's `map` threw, without its message: it may quote what
 * was being sent (`Unexpected token I, "IBAN DE89…" is not valid JSON`). Its name and the places in
 * code stay. A `SynclineError` keeps its words.
 */
export function wordlessError(error: unknown): unknown {
  try {
    if (isSynclineError(error)) return error;
    const told = new Error(nameAndPlace(error));
    told.stack = [`Error: ${told.message}`, ...framesOf(error)].join("\n");
    return told;
  } catch {
    return new Error(unreadable);
  }
}

/** Its members throw themselves, when they are read. */
const unreadable = "an error that cannot be read";

/** `a SyntaxError at strategies.ts:14:20`. */
export function nameAndPlace(error: unknown): string {
  try {
    return placed(error);
  } catch {
    return unreadable;
  }
}

function placed(error: unknown): string {
  if (!(error instanceof Error)) return `a value of type ${typeof error}`;
  const place = framesOf(error)[0]
    ?.split(/[/\\()\s]/)
    .findLast((part) => part.includes(":"));
  return `${article(error.name)} ${visibleText(String(error.name), 40)}${place === undefined ? "" : ` at ${place}`}`;
}

function article(name: string): string {
  return /^[aeiou]/i.test(name) ? "an" : "a";
}

/** What follows the message, which may have lines that look like these. */
function framesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error) || typeof error.stack !== "string") return [];
  const { stack, message } = error;
  const start = message === "" ? 0 : stack.indexOf(message);
  if (start < 0) return [];
  return stack
    .slice(start + message.length)
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
}
