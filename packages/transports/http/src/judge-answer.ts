import type { Failure, FailureKind, Outcome, SyncItem } from "@syncline/core/spi";
import { type AnswerRules, answerSentence, failure, judgeDocument, ruledVerdict } from "@syncline/core/transport-kit";
import { classifyStatus, type HttpAnswer, type HttpHeaders } from "@syncline/http-client";

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
  return judgeDocument(rules, body, { transport: "http", items, clean: judgement.clean, kindOfCode });
}

/** A failed status may be told more exactly by its body's code, and gets its words from there. */
export function refineFailure(byStatus: Failure, answer: HttpAnswer, judgement: Judgement): Failure | "accepted" {
  const { rules, clean } = judgement;
  if (answer.truncated || (rules?.kinds === undefined && rules?.message === undefined)) return byStatus;
  const body = parse(answer.body);
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

/** An item's code that is a status means what the status does. */
function kindOfCode(code: string): FailureKind | undefined {
  if (!/^[45]\d\d$/.test(code)) return undefined;
  const meaning = classifyStatus(Number(code), {}, {}, 0);
  return meaning === "accepted" ? undefined : meaning.kind;
}
