import type { Outcome, WireValue } from "@syncline/core/spi";
import type { InspectedCall } from "../calls.ts";
import { Refusal } from "../http/refusal.ts";
import type { Request, Route } from "./route.ts";
import type { CallDocument, CallRow, CallsDocument } from "./shapes.ts";

const mostCharacters = 65_536;
const mostKeyCharacters = 200;
const headParts: readonly string[] = ["headers", "metadata"];
const bodyParts: readonly string[] = ["body", "request", "items"];

/** Calls of a pipeline that is looked on. They show rows, and are for whom previews are. */
export function callRoutes(role: Route["role"]): readonly Route[] {
  return [
    { method: "GET", path: "calls", role, fields: [], handle: list },
    { method: "GET", path: "calls/:name", role, fields: [], handle: one },
  ];
}

async function list(request: Request): Promise<CallsDocument> {
  const calls = sourceOf(request);
  return { sends: calls.sends, items: calls.list().map(rowOf) };
}

async function one(request: Request): Promise<CallDocument> {
  const call = sourceOf(request)
    .list()
    .find(({ id }) => id === request.name);
  if (call === undefined) throw new Refusal(404, "call.unknown", "This call is not kept any more.");
  const parts = Object.entries(call.request);
  const heads = parts.filter(([part]) => headParts.includes(part)).flatMap(([, value]) => pairsOf(value));
  const others = parts
    .filter(([part]) => !["method", "url", ...headParts, ...bodyParts].includes(part))
    .map(([name, value]) => ({ name, value: cut(textOf(value)) }));
  const [body] = bodyParts.map((part) => call.request[part]).filter((value) => value !== undefined && value !== null);
  return {
    ...rowOf(call),
    headers: [...heads, ...others],
    body: body === undefined ? null : cut(textOf(body)),
  };
}

function sourceOf({ watched }: Request) {
  if (watched.calls === undefined) throw new Refusal(404, "not-found", "Nobody looks on its calls: see syncline dev.");
  return watched.calls;
}

function rowOf({ id, at, strategy, downstream, operation, keys, attempt, request, outcome }: InspectedCall): CallRow {
  const line = [request.method, request.url ?? request.path].filter((part) => typeof part === "string").join(" ");
  return {
    ...{ id, at, strategy, downstream: downstream ?? null, operation, attempt },
    key: (JSON.stringify(keys[0]) ?? "").slice(0, mostKeyCharacters),
    keys: keys.length,
    line,
    outcome: outcomeOf(outcome),
  };
}

function outcomeOf(outcome: InspectedCall["outcome"]): CallRow["outcome"] {
  if (outcome === "recorded") return { level: "ok", words: "recorded here, not sent" };
  return outcome.status === "accepted"
    ? { level: "ok", words: "accepted" }
    : { level: outcome.status === "failed" ? "error" : "warn", words: failureWords(outcome) };
}

function failureWords(outcome: Exclude<Outcome, { readonly status: "accepted" }>): string {
  if (outcome.status === "failed") {
    const { kind, code, message } = outcome.failure;
    return `${kind}, ${code}: ${message}`;
  }
  const [first] = outcome.failures;
  const of = first === undefined ? "" : `: ${first.failure.code}: ${first.failure.message}`;
  return `${outcome.status}, ${outcome.failures.length} of them${of}`;
}

function pairsOf(value: WireValue): CallDocument["headers"] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).map(([name, each]) => ({ name, value: textOf(each) }));
}

function textOf(value: WireValue): string {
  return typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
}

function cut(text: string): string {
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}… (${text.length} characters)`;
}
