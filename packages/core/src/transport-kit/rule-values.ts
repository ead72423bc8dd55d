import type { OkRule, OkRules } from "./answer-rules.ts";
import { valueAt } from "./json-path.ts";

/** Of several rules all must hold. */
export function holds(rules: OkRules, body: unknown): boolean {
  return "path" in rules ? holdsOne(rules, body) : rules.every((rule) => holdsOne(rule, body));
}

/** The places that rules look at. */
export function pathsOf(rules: OkRules): readonly string[] {
  return "path" in rules ? [rules.path] : rules.map(({ path }) => path);
}

function holdsOne(rule: OkRule, body: unknown): boolean {
  const value = valueAt(body, rule.path);
  if (rule.absent === true) return (value === undefined || value === null) && canHold(body, rule.path);
  if (rule.empty === true) return isEmpty(value);
  if (rule.matches !== undefined) return isScalar(value) && matches(String(value), rule.matches);
  return (rule.in ?? []).some(
    (wanted) => value === wanted || (isScalar(value) && wanted !== null && String(value) === String(wanted)),
  );
}

/** Nothing can be told to be absent from what is not there itself: `null`, a text, a page of HTML. */
function canHold(body: unknown, path: string): boolean {
  const parent = path.includes(".") ? valueAt(body, path.slice(0, path.lastIndexOf("."))) : body;
  return typeof parent === "object" && parent !== null;
}

/** It is there, and nothing is in it. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** `*` stands for any characters. No regular expression: whoever writes one can make it run for ever. */
function matches(text: string, pattern: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop();
  if (tail === undefined) return text === pattern;
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false;
  let from = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return from <= text.length - tail.length;
}

/** A code as part of a failure's own code: few distinct values, nothing that could be data. */
export function codeWord(code: unknown): string | undefined {
  const text = isScalar(code) ? String(code) : "";
  return /^[A-Za-z0-9_.-]{1,40}$/.test(text) ? text : undefined;
}

export function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
