import type { Logger } from "../contracts/logger.ts";

/** What a log throws, or rejects with, is lost: that nothing can be written down must not keep anything from being done. */
export function guardLogger(log: Logger): Logger {
  const guarded =
    (level: keyof Logger): Logger[keyof Logger] =>
    (fields, message) => {
      try {
        const given: unknown = log[level](fields, message);
        if (given instanceof Promise) given.catch(() => {});
      } catch {
        // There is nowhere to tell it.
      }
    };
  return { debug: guarded("debug"), info: guarded("info"), warn: guarded("warn"), error: guarded("error") };
}
