import type { Logger } from "../contracts/logger.ts";
import { visibleText } from "../model/visible-text.ts";

type Fields = { readonly [name: string]: unknown };

/**
 * Every line of ours passes here. Texts in it are one line each, whatever a key, a name or an
 * error's words hold. What a log throws, or rejects with, is lost: that nothing can be written down
 * must not keep anything from being done.
 */
export function guardLogger(log: Logger): Logger {
  const guarded =
    (level: keyof Logger): Logger[keyof Logger] =>
    (fields, message) => {
      try {
        const given: unknown = log[level](visible(fields, mostLevels) as Fields, visibleText(message));
        if (given instanceof Promise) given.catch(() => {});
      } catch {
        // There is nowhere to tell it.
      }
    };
  return { debug: guarded("debug"), info: guarded("info"), warn: guarded("warn"), error: guarded("error") };
}

/** Our events have four: fields, a list, an entry, its failure. */
const mostLevels = 6;

/**
 * The same value where nothing has to be spelled out. Errors are our own words by now, and stay
 * what they are.
 */
function visible(value: unknown, levels: number): unknown {
  if (typeof value === "string") return visibleText(value);
  if (typeof value !== "object" || value === null || value instanceof Error || levels === 0) return value;
  if (Array.isArray(value)) return value.map((element) => visible(element, levels - 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [visibleText(name), visible(inner, levels - 1)]),
  );
}
