import type { Failure, FailureKind, Outcome, SyncItem } from "@syncline/core/spi";
import {
  type AnswerRules,
  answerSentence,
  demandSuccess,
  failure,
  judgeDocument,
  ruledVerdict,
} from "@syncline/core/transport-kit";
import {
  charsetOf,
  classifyStatus,
  decodeText,
  type HttpAnswer,
  type HttpHeaders,
  unpackedBody,
} from "@syncline/http-client";

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
  readonly isDelete: boolean;
  /** What a body may come to when it is unpacked. */
  readonly answerBytes: number;
  /** Makes text from outside fit for a message: no secrets, one line, cut. */
  readonly clean: (text: string) => string;
}

const accepted: Outcome = { status: "accepted" };

/** Whether a 2xx answer is judged by its body. A rule for words alone has nothing to say of it. */
export function readsSuccess(rules: AnswerRules | undefined): boolean {
  return rules?.ok !== undefined || rules?.kinds !== undefined || rules?.items !== undefined;
}

/** The outcome of a 2xx answer. Where nothing needs the body, the status line is the acknowledgement. */
export function judgeSuccess(answer: HttpAnswer, judgement: Judgement): Outcome {
  const { rules, ok, items, clean, isDelete } = judgement;
  if (!readsSuccess(rules) && ok === undefined) return accepted;
  if (answer.truncated) return unreadable(answer.status, "is not all there: too long, too slow or broken off");
  const text = textOf(answer, judgement.answerBytes);
  const body = text === undefined ? notJson : parse(text);
  if (ok !== undefined) {
    const refusal = askPredicate(ok, answer, body === notJson ? (text ?? "") : body, clean);
    if (refusal !== undefined) return { status: "failed", failure: refusal };
  }
  if (rules === undefined || !readsSuccess(rules)) return accepted;
  if (body !== notJson || rules.ok?.path === "") {
    return judgeDocument(rules, body === notJson ? text?.trim() : body, {
      transport: "http",
      items,
      clean,
      kindOfCode,
    });
  }
  // No content: there is nothing that the rules could read, and the status says that all is well.
  // Rules for upserts often stand beside deletes that are answered with nothing.
  const isEmpty = text?.trim() === "";
  if (!demandSuccess(rules) || (isEmpty && (isDelete || saysNothing.has(answer.status)))) return accepted;
  return unreadable(answer.status, "is not JSON, and the strategy's answer rules need it");
}

const saysNothing = new Set([204, 205]);

/** A failed status may be told more exactly by its body's code, and gets its words from there. */
export function refineFailure(byStatus: Failure, answer: HttpAnswer, judgement: Judgement): Failure | "accepted" {
  const { rules, clean } = judgement;
  if (answer.truncated || (rules?.kinds === undefined && rules?.message === undefined)) return byStatus;
  const text = textOf(answer, judgement.answerBytes);
  const body = text === undefined ? notJson : parse(text);
  if (body === notJson) return byStatus;
  const verdict = ruledVerdict(rules, body);
  if (verdict === "accepted") return "accepted";
  const words = answerSentence(rules, body, clean);
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

/** `undefined` where it cannot be unpacked, or is too long then. */
function textOf(answer: HttpAnswer, mostBytes: number): string | undefined {
  const body = unpackedBody(answer, mostBytes);
  if (body === undefined) return undefined;
  try {
    return decodeText(body, charsetOf(answer.headers["content-type"]));
  } catch {
    // Of a charset that nobody knows: what JSON needs of it is ASCII.
    return decodeText(body);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return notJson;
  }
}

function askPredicate(
  ok: SuccessPredicate,
  answer: HttpAnswer,
  body: unknown,
  clean: (text: string) => string,
): Failure | undefined {
  const { status, headers } = answer;
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

/** An item's code that is a status means what the status does. */
function kindOfCode(code: string): FailureKind | undefined {
  if (!/^[45]\d\d$/.test(code)) return undefined;
  const meaning = classifyStatus(Number(code), {}, {}, 0);
  return meaning === "accepted" ? undefined : meaning.kind;
}
