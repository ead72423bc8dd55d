import type { SyncItem } from "../contracts/sync-invoker.ts";
import type { Condition } from "../model/condition.ts";
import type { Failure, FailureKind, ItemFailure, Outcome } from "../model/outcome.ts";
import type { ItemsRule } from "./answer-rules.ts";
import { failure } from "./failure.ts";
import { valueAt } from "./json-path.ts";
import type { Judging } from "./judging.ts";
import { codeWord, holds } from "./rule-values.ts";

/** What an answer's list says of each item. A list that cannot be matched to the items is a failed call, not a guess. */
export function judgeItems(rule: ItemsRule, body: unknown, judging: Judging): Outcome {
  const { items, transport } = judging;
  const entries = valueAt(body, rule.path);
  if (entries === undefined || entries === null) return { status: "accepted" };
  if (!Array.isArray(entries)) return unmatched(transport, `has no list at ${rule.path || "its root"}`);
  const locate = locator(rule, items, entries.length);
  if (locate === undefined) return unmatched(transport, `lists ${entries.length} results for ${items.length} items`);
  const failures = new Map<number, ItemFailure>();
  for (const [position, entry] of entries.entries()) {
    if (rule.ok !== undefined && holds(rule.ok, entry)) continue;
    const index = locate(entry, position);
    if (index === undefined) return unmatched(transport, "names an item that was not in the call");
    const found = entryFailure(rule, entry, judging);
    if (found !== "accepted" && !failures.has(index)) failures.set(index, { index, failure: found });
  }
  return failures.size === 0 ? { status: "accepted" } : { status: "partial", failures: [...failures.values()] };
}

type Locate = (entry: unknown, position: number) => number | undefined;

function locator(rule: ItemsRule, items: readonly SyncItem[], entries: number): Locate | undefined {
  const { index, key } = rule;
  if (index !== undefined) {
    return (entry) => {
      const found = Number(valueAt(entry, index) ?? Number.NaN);
      return Number.isInteger(found) && found >= 0 && found < items.length ? found : undefined;
    };
  }
  if (key !== undefined) {
    const positions = new Map(items.map((item, position) => [keyText(item.key, fieldsOf(item.key)), position]));
    const fields = fieldsOf(items[0]?.key ?? {});
    return (entry) => positions.get(keyText(valueAt(entry, key), fields) ?? "");
  }
  return entries === items.length ? (_, position) => position : undefined;
}

function fieldsOf(key: Condition): readonly string[] {
  return Object.keys(key).sort();
}

/** A key as text: receivers may spell 42 as "42". A bare value stands for a key of one field. */
function keyText(value: unknown, fields: readonly string[]): string | undefined {
  const [only] = fields;
  const bare = typeof value !== "object" && fields.length === 1 && only !== undefined;
  const key = bare ? { [only]: value } : value;
  return JSON.stringify(fields.map((field) => String(valueAt(key, field))));
}

function entryFailure(
  rule: ItemsRule,
  entry: unknown,
  { transport, clean, kindOfCode }: Judging,
): Failure | "accepted" {
  const code = rule.code === undefined ? undefined : codeWord(valueAt(entry, rule.code));
  const text = rule.message === undefined ? undefined : valueAt(entry, rule.message);
  const words = typeof text === "string" && text !== "" ? clean(text) : "refused by the downstream";
  const verdict =
    code !== undefined && rule.map !== undefined && Object.hasOwn(rule.map, code) ? rule.map[code] : undefined;
  if (verdict === "accepted") return "accepted";
  const meaning: FailureKind | undefined = code === undefined ? undefined : kindOfCode?.(code);
  const kind = verdict ?? meaning ?? rule.kind ?? "transient";
  if (kind === "accepted") return "accepted";
  // A code that neither the rules nor the protocol name may be anything.
  const isNamed = verdict !== undefined || meaning !== undefined;
  return failure(kind, isNamed ? `${transport}.item.${code}` : `${transport}.item`, words, "no");
}

function unmatched(transport: string, what: string): Outcome {
  return { status: "failed", failure: failure("transient", `${transport}.answer`, `the answer ${what}`, "maybe") };
}
