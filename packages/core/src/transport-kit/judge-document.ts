import type { Failure, Outcome } from "../model/outcome.ts";
import type { AnswerRules } from "./answer-rules.ts";
import { failed, failure, type Verdict } from "./failure.ts";
import { valueAt } from "./json-path.ts";
import { judgeItems } from "./judge-items.ts";
import type { Judging } from "./judging.ts";
import { codeWord, holds, isScalar, pathsOf } from "./rule-values.ts";
import { toldWaitMs } from "./told-wait.ts";

/** The outcome of an answer that the protocol calls a success, by the strategy's rules: `body` is its document. */
export function judgeDocument(rules: AnswerRules, body: unknown, judging: Judging): Outcome {
  const verdict = ruledVerdict(rules, body);
  const isFine = rules.ok === undefined ? !isOtherCode(rules, body) : holds(rules.ok, body);
  if (verdict === "accepted" || (verdict === undefined && isFine)) {
    return rules.items === undefined ? { status: "accepted" } : judgeItems(rules.items, body, judging);
  }
  return failed(bodyFailure(verdict ?? rules.kinds?.default ?? "transient", rules, body, judging));
}

/** What `kinds` makes of an answer's document. */
export function ruledVerdict(rules: AnswerRules, body: unknown): Verdict | undefined {
  if (rules.kinds === undefined) return undefined;
  const code = valueAt(body, rules.kinds.path);
  const name = isScalar(code) ? String(code) : undefined;
  return name !== undefined && Object.hasOwn(rules.kinds.map, name) ? rules.kinds.map[name] : undefined;
}

/** A code that `kinds` does not name, where it says what all others mean. */
function isOtherCode({ kinds }: AnswerRules, body: unknown): boolean {
  return kinds?.default !== undefined && isScalar(valueAt(body, kinds.path));
}

function bodyFailure(
  kind: Exclude<Verdict, "accepted">,
  rules: AnswerRules,
  body: unknown,
  { transport, clean, readWait, askedMs }: Judging,
): Failure {
  const paths = rules.ok === undefined ? [] : pathsOf(rules.ok);
  const path = rules.kinds?.path ?? paths.join(" or ");
  // A code that the rules do not name may be anything: `sk_live_…` where a code was.
  const code = ruledVerdict(rules, body) === undefined ? undefined : codeWord(valueAt(body, rules.kinds?.path ?? ""));
  const words =
    answerSentence(rules, body, clean) ??
    `the answer says so: ${path || "body"} is ${code ?? "not what the strategy's rules call a success"}`;
  const found = failure(kind, code === undefined ? `${transport}.body` : `${transport}.body.${code}`, words, "maybe");
  const waitMs = (kind === "throttled" ? askedMs?.() : undefined) ?? toldWaitMs(rules, body, readWait);
  return waitMs === undefined ? found : { ...found, retryAfterMs: waitMs };
}

/** The sentence for a person that `message` points at. */
export function answerSentence(rules: AnswerRules, body: unknown, clean: (text: string) => string): string | undefined {
  const text = rules.message === undefined ? undefined : valueAt(body, rules.message);
  return isScalar(text) && String(text) !== "" ? clean(String(text)) : undefined;
}
