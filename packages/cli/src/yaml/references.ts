import { readFileSync } from "node:fs";
import type { Problem } from "@syncline/core/spi";

/**
 * Puts values in the place of `env:NAME` and `file:/path`. Never a value in a problem.
 *
 * @param isWanted whether a text at this place may be a reference
 */
export function withReferences(
  value: unknown,
  at: string,
  isWanted: (at: string, text: string) => boolean,
  problems: Problem[],
): unknown {
  if (Array.isArray(value))
    return value.map((each, index) => withReferences(each, `${at}[${index}]`, isWanted, problems));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, withReferences(each, `${at}.${name}`, isWanted, problems)]),
    );
  if (typeof value !== "string" || !isWanted(at, value)) return value;
  try {
    return resolved(value);
  } catch (error) {
    problems.push({ at, message: (error as Error).message });
    return value;
  }
}

function resolved(text: string): string {
  if (text.startsWith("env:")) {
    const name = text.slice("env:".length);
    const value = process.env[name];
    if (value === undefined || value === "") throw new Error(`The environment variable ${name} is not set.`);
    return value;
  }
  if (!text.startsWith("file:/")) return text;
  const path = text.slice("file:".length);
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw new Error(`The file ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"}).`);
  }
}
