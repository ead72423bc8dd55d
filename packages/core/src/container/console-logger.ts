import type { Logger } from "../contracts/logger.ts";
import { visibleText } from "../model/visible-text.ts";

function write(level: string, fields: { readonly [name: string]: unknown }, message: string): void {
  const flat = Object.entries(fields).map(([name, value]) => `${name}=${print(value)}`);
  console.error(visibleText([`syncline ${level}: ${message}`, ...flat].join(" "), mostCharacters));
}

/** A line that is longer than this is not read by anybody. */
const mostCharacters = 16_384;

function print(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    if (value instanceof Error) return String(value.message);
    return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner)) ?? String(value);
  } catch {
    // It refers to itself, or throws: of a line that is told in parts, the rest is worth having.
    return "(cannot be printed)";
  }
}

/** Warnings and errors to standard error, one line each, and nothing else. */
export const consoleLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (fields, message) => write("warning", fields, message),
  error: (fields, message) => write("error", fields, message),
};
