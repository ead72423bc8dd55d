import { createHash } from "node:crypto";
import type { Failure, Outcome } from "../../model/outcome.ts";
import type { KeyReading } from "../read/key-reading.ts";

/** `hash`: the same key is the same short text; `omit`: all are one. */
export type RedactKeys = "hash" | "omit";

/** Takes keys out of what leaves for the log, health and dead letters' messages. */
export class KeyRedaction {
  readonly #mode: RedactKeys;

  constructor(mode: RedactKeys) {
    this.#mode = mode;
  }

  /** A key, as it may be shown. */
  key(text: string): string {
    if (this.#mode === "omit") return "(key)";
    return `(key ${createHash("sha256").update(text).digest("hex").slice(0, 12)})`;
  }

  /** A sentence without these keys, and without each of their values, however an address spells it. */
  words(message: string, keys: readonly string[]): string {
    let shown = message;
    for (const key of keys) {
      const hidden = this.key(key);
      if (shown.includes(key)) shown = shown.replaceAll(key, hidden);
      for (const value of valuesOf(key)) if (shown.includes(value)) shown = withoutWord(shown, value, hidden);
    }
    return shown;
  }

  failure(failure: Failure, keys: readonly string[]): Failure {
    const message = this.words(failure.message, keys);
    return message === failure.message ? failure : { ...failure, message };
  }

  outcome(outcome: Outcome, keys: readonly string[]): Outcome {
    if (outcome.status === "accepted") return outcome;
    if (outcome.status === "failed") return { ...outcome, failure: this.failure(outcome.failure, keys) };
    const failures = outcome.failures.map(({ index, failure }) => ({ index, failure: this.failure(failure, keys) }));
    return { ...outcome, failures };
  }

  reading(reading: KeyReading, keys: readonly string[]): KeyReading {
    if (reading.result === "rows" || reading.result === "deferred") return reading;
    return { ...reading, failure: this.failure(reading.failure, keys) };
  }
}

/** Whatever an option says that is neither: nothing is shown. */
export function redactionOf(redactKeys: RedactKeys | undefined): KeyRedaction | undefined {
  return redactKeys === undefined ? undefined : new KeyRedaction(redactKeys === "hash" ? "hash" : "omit");
}

/** What a key holds, longest first, as text and as it stands in an address. */
function valuesOf(key: string): readonly string[] {
  try {
    const values = Object.values(JSON.parse(key) as object).map(String);
    const spelled = values.flatMap((value) => [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]);
    return [...new Set(spelled)].filter((value) => value !== "").sort((one, other) => other.length - one.length);
  } catch {
    // Whatever was recorded, as it stands.
    return [key];
  }
}

/** A value that stands by itself: the 5 of "order 5", and not that of "http 503". */
function withoutWord(message: string, value: string, hidden: string): string {
  let shown = "";
  let from = 0;
  for (let at = message.indexOf(value); at >= 0; at = message.indexOf(value, from)) {
    const end = at + value.length;
    const isWhole =
      !(isWordAt(message, at - 1) && isWordAt(value, 0)) &&
      !(isWordAt(message, end) && isWordAt(value, value.length - 1));
    shown += message.slice(from, at) + (isWhole ? hidden : value);
    from = end;
  }
  return shown + message.slice(from);
}

function isWordAt(text: string, at: number): boolean {
  return /[\p{L}\p{N}]/u.test(text.charAt(at));
}
