import type { OkRule } from "./answer-rules.ts";
import { valueAt } from "./json-path.ts";

export function holds(rule: OkRule, body: unknown): boolean {
  const value = valueAt(body, rule.path);
  return rule.in.some(
    (wanted) => value === wanted || (isScalar(value) && wanted !== null && String(value) === String(wanted)),
  );
}

/** A code as part of a failure's own code: few distinct values, nothing that could be data. */
export function codeWord(code: unknown): string | undefined {
  const text = isScalar(code) ? String(code) : "";
  return /^[A-Za-z0-9_.-]{1,40}$/.test(text) ? text : undefined;
}

export function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
