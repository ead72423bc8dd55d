import type { WireValue } from "@syncline/core/spi";
import type { SeenCall } from "./inspect-calls.ts";

/** Longer bodies are cut, unless all of them is wanted. */
const mostCharacters = 2_000;

/** Some lines for a person. @param downstream the strategy's, if it is known */
export function describeCall(call: SeenCall, downstream: string | undefined, isWhole: boolean): string {
  const { at, strategy, operation, keys, attempt, request, outcome } = call;
  const { method, url, headers, metadata, body, request: message, ...others } = request;
  const to = downstream === undefined ? "" : ` → ${downstream}`;
  const tried = attempt > 1 ? `, attempt ${attempt}` : "";
  const what = keys.length === 1 ? JSON.stringify(keys[0]) : `${keys.length} keys`;
  const content = body ?? message;
  return [
    `${at.slice(11, 23)} ${strategy}${to}: ${operation} ${what}${tried}, ${describeOutcome(outcome)}`,
    ...(method === undefined && url === undefined ? [] : [`  ${[method, url].filter(Boolean).join(" ")}`]),
    ...pairs(headers ?? metadata),
    ...Object.entries(others).map(([name, value]) => `  ${name}: ${cut(textOf(value), isWhole)}`),
    ...(content === undefined || content === null ? [] : indented(cut(textOf(content), isWhole))),
  ].join("\n");
}

function describeOutcome(outcome: SeenCall["outcome"]): string {
  if (outcome === "recorded") return "recorded here, not sent";
  if (outcome.status === "accepted") return "accepted";
  if (outcome.status === "failed") {
    const { kind, code, message } = outcome.failure;
    return `${kind}, ${code}: ${message}`;
  }
  const [first] = outcome.failures;
  return `${outcome.status}: ${outcome.failures.length} of them${first === undefined ? "" : `, ${first.failure.code}: ${first.failure.message}`}`;
}

function pairs(value: WireValue | undefined): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).map(([name, each]) => `  ${name}: ${textOf(each)}`);
}

function textOf(value: WireValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function cut(text: string, isWhole: boolean): string {
  return isWhole || text.length <= mostCharacters
    ? text
    : `${text.slice(0, mostCharacters)}… (${text.length} characters; --full shows them all)`;
}

function indented(text: string): readonly string[] {
  return text.split("\n").map((line) => `  ${line}`);
}
