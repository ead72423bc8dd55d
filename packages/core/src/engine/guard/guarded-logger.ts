import type { Logger } from "../../contracts/logger.ts";
import { isThenable } from "../../model/thenable.ts";
import { visibleText } from "../../model/visible-text.ts";
import type { Faults } from "./faults.ts";

type Fields = { readonly [name: string]: unknown };

/**
 * Every line of ours passes here, and those of adapters and transports. Texts in it are one line
 * each, whatever a key, a name or an error's words hold. That nothing can be written down must not
 * keep anything from being done: what a log throws, or rejects with, is a fault that health tells.
 */
export function guardLogger(log: Logger, faults: Faults): Logger {
  const guarded =
    (level: keyof Logger): Logger[keyof Logger] =>
    (fields, message) => {
      const line = visible(fields, mostLevels, { values: mostValues }) as Fields;
      try {
        const given: unknown = log[level](line, visibleText(String(message)));
        if (!isThenable(given)) faults.worked("log", level);
        else
          Promise.resolve(given).then(
            () => faults.worked("log", level),
            (error: unknown) => faults.caught("log", level, error),
          );
      } catch (error) {
        faults.caught("log", level, error);
      }
    };
  return { debug: guarded("debug"), info: guarded("info"), warn: guarded("warn"), error: guarded("error") };
}

/** Our events have four: fields, a list, an entry, its failure. What refers to itself ends here. */
const mostLevels = 6;
const mostValues = 10_000;
const unreadable = "(cannot be read)";

/** Errors are our own words by now, and stay what they are. */
function visible(value: unknown, levels: number, left: { values: number }): unknown {
  if (typeof value === "string") return visibleText(value);
  // It may be called `toJSON`, and throw.
  if (typeof value === "function") return "(a function)";
  if (typeof value !== "object" || value === null) return value;
  left.values -= 1;
  try {
    if (value instanceof Error) return value;
    const isList = Array.isArray(value);
    if (!isList && Object.getPrototypeOf(value) !== Object.prototype) return value;
    if (levels === 0 || left.values < 0) return "…";
    if (isList) return value.map((element) => visible(element, levels - 1, left));
    const members = Object.entries(value).map(([name, inner]) => [visibleText(name), visible(inner, levels - 1, left)]);
    return Object.fromEntries(members);
  } catch {
    // A member that throws when it is read, a proxy.
    return unreadable;
  }
}
