import type { Failure, ItemFailure, Outcome } from "../model/outcome.ts";
import type { EntriesRule, ItemsRule } from "./answer-rules.ts";
import { failure, type Verdict } from "./failure.ts";
import { itemLocator } from "./item-locator.ts";
import { valueAt } from "./json-path.ts";
import type { CodeMeaning, Judging } from "./judging.ts";
import { codeWord, holds, isScalar } from "./rule-values.ts";
import { secondsOf } from "./told-wait.ts";

/**
 * What an answer's list says of each item. A list that cannot be matched to the items is a failed call, not a
 * guess. With `ok` every item must be in it: of one that is left out nothing is known.
 */
export function judgeItems(rule: ItemsRule, body: unknown, judging: Judging): Outcome {
  const { items, transport } = judging;
  const listed = new Map<number, Failure | "accepted">();
  // Failures first: whatever else is said of an item, it has failed.
  const others = rule.failures === undefined ? undefined : judgeList(rule.failures, undefined, body, judging, listed);
  const problem = others ?? judgeList(rule, rule.ok, body, judging, listed);
  if (problem !== undefined)
    return { status: "failed", failure: failure("transient", `${transport}.answer`, `the answer ${problem}`, "maybe") };
  const failures: ItemFailure[] = [];
  for (const [index, verdict] of listed) if (verdict !== "accepted") failures.push({ index, failure: verdict });
  if (rule.ok !== undefined && listed.size < items.length) {
    const missing = failure("transient", `${transport}.item.missing`, "the answer says nothing of this item", "maybe");
    for (const index of items.keys()) if (!listed.has(index)) failures.push({ index, failure: missing });
  }
  return failures.length === 0 ? { status: "accepted" } : { status: "partial", failures };
}

/** Adds what a list says to `listed`. Returns why it cannot be matched to the items. */
function judgeList(
  rule: EntriesRule,
  ok: ItemsRule["ok"],
  body: unknown,
  judging: Judging,
  listed: Map<number, Failure | "accepted">,
): string | undefined {
  const { items } = judging;
  const found = valueAt(body, rule.path);
  if ((found === undefined || found === null) && ok === undefined) return undefined;
  const named = rule.names !== undefined && typeof found === "object" && found !== null && !Array.isArray(found);
  // Some languages write an empty map as an empty list.
  const isNone = Array.isArray(found) && found.length === 0;
  const entries = named ? Object.values(found) : rule.names === undefined || isNone ? found : undefined;
  if (!Array.isArray(entries))
    return `has no ${rule.names === undefined ? "list" : "object"} at ${rule.path || "its root"}`;
  const names = named ? Object.keys(found) : [];
  const locate = itemLocator(rule, items, entries.length);
  if (locate === undefined) return `lists ${entries.length} results for ${items.length} items`;
  for (const [position, entry] of entries.entries()) {
    const located = locate(entry, position, names[position]);
    if (located === undefined) return "names an item that was not in the call";
    const verdict = ok !== undefined && holds(ok, entry) ? "accepted" : entryFailure(rule, entry, judging);
    for (const index of located) if ((listed.get(index) ?? "accepted") === "accepted") listed.set(index, verdict);
  }
  return undefined;
}

/** `HTTP/1.1 404 Not Found` and `404 Not Found` are the status. */
function plainStatus(code: unknown): unknown {
  return typeof code === "string"
    ? (/^(?:HTTP\/\d(?:\.\d)? )?([1-5]\d\d)(?: [A-Za-z -]{0,40})?$/.exec(code)?.[1] ?? code)
    : code;
}

function entryFailure(rule: EntriesRule, entry: unknown, judging: Judging): Failure | "accepted" {
  const { transport, clean, meaningOf, readWait = secondsOf } = judging;
  const code = rule.code === undefined ? undefined : codeWord(plainStatus(valueAt(entry, rule.code)));
  const wish = rule.retryAfter === undefined ? undefined : valueAt(entry, rule.retryAfter);
  const retryAfter = isScalar(wish) ? String(wish) : undefined;
  const ruled: Verdict | undefined =
    code !== undefined && rule.map !== undefined && Object.hasOwn(rule.map, code) ? rule.map[code] : undefined;
  const meant: CodeMeaning | undefined = code === undefined ? undefined : meaningOf?.(code, retryAfter);
  const kind = ruled ?? meant?.verdict ?? rule.kind ?? "transient";
  if (kind === "accepted") return "accepted";
  const text = rule.message === undefined ? undefined : valueAt(entry, rule.message);
  const words = typeof text === "string" && text !== "" ? clean(text) : "refused by the downstream";
  // A code that neither the rules nor the protocol name may be anything.
  const isNamed = ruled !== undefined || meant !== undefined;
  const found = failure(
    kind,
    isNamed ? `${transport}.item.${code}` : `${transport}.item`,
    words,
    ruled === undefined ? (meant?.effect ?? "no") : "no",
  );
  const retryAfterMs = meant?.retryAfterMs ?? (retryAfter === undefined ? undefined : readWait(retryAfter));
  return retryAfterMs === undefined ? found : { ...found, retryAfterMs };
}
