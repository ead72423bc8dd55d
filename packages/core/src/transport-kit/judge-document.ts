import type { Failure, Outcome } from "../model/outcome.ts";
import type { AnswerRules } from "./answer-rules.ts";
import { failed, failure, type Verdict } from "./failure.ts";
import { valueAt } from "./json-path.ts";
import { judgeItems } from "./judge-items.ts";
import type { Judging } from "./judging.ts";
import { codeWord, holds, isScalar, pathsOf } from "./rule-values.ts";

/** The outcome of an answer that the protocol calls a success, by the strategy's rules: `body` is its document. */
export function judgeDocument(rules: AnswerRules, body: unknown, judging: Judging): Outcome {
  const verdict = ruledVerdict(rules, body);
  if (verdict === "accepted" || (verdict === undefined && (rules.ok === undefined || holds(rules.ok, body)))) {
    return rules.items === undefined ? { status: "accepted" } : judgeItems(rules.items, body, judging);
  }
  return failed(bodyFailure(verdict ?? "transient", rules, body, judging));
}

/** What `kinds` makes of an answer's document. */
export function ruledVerdict(rules: AnswerRules, body: unknown): Verdict | undefined {
  if (rules.kinds === undefined) return undefined;
  const code = valueAt(body, rules.kinds.path);
  const name = isScalar(code) ? String(code) : undefined;
  return name !== undefined && Object.hasOwn(rules.kinds.map, name) ? rules.kinds.map[name] : undefined;
}

function bodyFailure(
  kind: Exclude<Verdict, "accepted">,
  rules: AnswerRules,
  body: unknown,
  { transport, clean }: Judging,
): Failure {
  const paths = rules.ok === undefined ? [] : pathsOf(rules.ok);
  const path = rules.kinds?.path ?? paths.join(" or ");
  // A code that the rules do not name may be anything: `sk_live_…` where a code was.
  const code = ruledVerdict(rules, body) === undefined ? undefined : codeWord(valueAt(body, rules.kinds?.path ?? ""));
  const words =
    answerSentence(rules, body, clean) ??
    `the answer says so: ${path || "body"} is ${code ?? "not what the strategy's rules call a success"}`;
  return failure(kind, code === undefined ? `${transport}.body` : `${transport}.body.${code}`, words, "maybe");
}

/** The sentence for a person that `message` points at. */
export function answerSentence(rules: AnswerRules, body: unknown, clean: (text: string) => string): string | undefined {
  const text = rules.message === undefined ? undefined : valueAt(body, rules.message);
  return isScalar(text) && String(text) !== "" ? clean(String(text)) : undefined;
}
