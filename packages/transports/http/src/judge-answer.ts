import type { Failure, Outcome, SyncItem } from "@syncline/core/spi";
import type { AnswerRules } from "./answer-rules.ts";
import { failure, type Verdict } from "./classify.ts";
import type { HttpAnswer, HttpHeaders } from "./http-client.ts";
import { valueAt } from "./json-path.ts";
import { judgeItems } from "./judge-items.ts";
import { codeWord, holds, isScalar } from "./rule-values.ts";

/** What a success predicate is given. */
export interface JudgedAnswer {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Parsed if it is JSON, otherwise text. */
  readonly body: unknown;
}

/** True: a success. False or a sentence: it is not, the call has failed as `transient`. */
export type SuccessPredicate = (answer: JudgedAnswer) => boolean | string;

export interface Judgement {
  readonly rules: AnswerRules | undefined;
  readonly ok: SuccessPredicate | undefined;
  readonly items: readonly SyncItem[];
  /** Makes text from outside fit for a message: no secrets, one line, cut. */
  readonly clean: (text: string) => string;
}

const accepted: Outcome = { status: "accepted" };

/** The outcome of a 2xx answer. Where nothing needs the body, the status line is the acknowledgement. */
export function judgeSuccess(answer: HttpAnswer, judgement: Judgement): Outcome {
  const { rules, ok, items } = judgement;
  if (rules === undefined && ok === undefined) return accepted;
  if (answer.truncated) return unreadable(answer.status, "is not all there: too long, too slow or broken off");
  const body = parse(answer.body);
  if (ok !== undefined) {
    const refusal = askPredicate(ok, answer, body, judgement.clean);
    if (refusal !== undefined) return { status: "failed", failure: refusal };
  }
  if (rules === undefined) return accepted;
  if (body === notJson) return unreadable(answer.status, "is not JSON, and the strategy's answer rules need it");
  const verdict = ruledVerdict(rules, body);
  if (verdict === "accepted" || (verdict === undefined && (rules.ok === undefined || holds(rules.ok, body)))) {
    return rules.items === undefined ? accepted : judgeItems(rules.items, body, items, judgement.clean);
  }
  return { status: "failed", failure: bodyFailure(verdict ?? "transient", rules, body, judgement.clean) };
}

/** A failed status may be told more exactly by its body's code, and gets its words from there. */
export function refineFailure(byStatus: Failure, answer: HttpAnswer, judgement: Judgement): Failure | "accepted" {
  const { rules, clean } = judgement;
  if (answer.truncated || (rules?.kinds === undefined && rules?.message === undefined)) return byStatus;
  const body = parse(answer.body);
  if (body === notJson) return byStatus;
  const verdict = ruledVerdict(rules, body);
  if (verdict === "accepted") return "accepted";
  const words = sentence(rules, body, clean);
  const message = words === undefined ? byStatus.message : `${byStatus.message}: ${words}`;
  return { ...byStatus, kind: verdict ?? byStatus.kind, message };
}

function unreadable(status: number, what: string): Outcome {
  return {
    status: "failed",
    failure: failure("transient", "http.answer", `answered ${status}, but the body ${what}`, "maybe"),
  };
}

const notJson = Symbol("not JSON");

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"));
  } catch {
    return notJson;
  }
}

function askPredicate(
  ok: SuccessPredicate,
  answer: HttpAnswer,
  parsed: unknown,
  clean: (text: string) => string,
): Failure | undefined {
  const { status, headers } = answer;
  const body = parsed === notJson ? Buffer.from(answer.body).toString("utf8") : parsed;
  try {
    const verdict = ok({ status, headers, body });
    if (verdict === true) return undefined;
    const words = typeof verdict === "string" && verdict !== "" ? `: ${clean(verdict)}` : "";
    return failure("transient", "http.not-ok", `answered ${status}, but \`ok\` says it has failed${words}`, "maybe");
  } catch (error) {
    const name = error instanceof Error ? error.name : "an error";
    return failure(
      "transient",
      "http.ok-threw",
      `answered ${status}, and the downstream's \`ok\` function threw ${name}`,
      "maybe",
    );
  }
}

function ruledVerdict(rules: AnswerRules, body: unknown): Verdict | undefined {
  if (rules.kinds === undefined) return undefined;
  const code = valueAt(body, rules.kinds.path);
  const name = isScalar(code) ? String(code) : undefined;
  return name !== undefined && Object.hasOwn(rules.kinds.map, name) ? rules.kinds.map[name] : undefined;
}

function bodyFailure(
  kind: Exclude<Verdict, "accepted">,
  rules: AnswerRules,
  body: unknown,
  clean: (text: string) => string,
): Failure {
  const path = rules.kinds?.path ?? rules.ok?.path ?? "";
  const code = codeWord(valueAt(body, path));
  const words =
    sentence(rules, body, clean) ?? `the answer says so${code === undefined ? "" : `: ${path || "body"} is ${code}`}`;
  return failure(kind, code === undefined ? "http.body" : `http.body.${code}`, words, "maybe");
}

function sentence(rules: AnswerRules, body: unknown, clean: (text: string) => string): string | undefined {
  const text = rules.message === undefined ? undefined : valueAt(body, rules.message);
  return isScalar(text) && String(text) !== "" ? clean(String(text)) : undefined;
}
