import type { Failure, Outcome, SyncItem } from "@syncline/core/spi";
import {
  type AnswerRules,
  answerSentence,
  type CodeMeaning,
  demandSuccess,
  failed,
  failure,
  judgeDocument,
  parseRetryAfter,
  parseWait,
  pathsOf,
  ruledVerdict,
  toldWaitMs,
  type Verdict,
  valueAt,
  verdicts,
} from "@syncline/core/transport-kit";
import {
  charsetOf,
  classifyStatus,
  decodeText,
  type HttpAnswer,
  type HttpHeaders,
  toldLimit,
  unpackedBody,
} from "@syncline/http-client";
import type { HttpAnswerRules } from "./strategy-options.ts";

/** What a success predicate is given. */
export interface JudgedAnswer {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Parsed if it is JSON, otherwise text. */
  readonly body: unknown;
}

/** What a predicate says of an answer that is no success. */
export interface NoSuccess {
  readonly kind: Verdict;
  /** One line for a person. It is stored with dead letters: no business data. */
  readonly message?: string;
  readonly retryAfterMs?: number;
}

/**
 * True: a success. False or a sentence: it is not, the call has failed as `transient`; or as the kind
 * that is given.
 */
export type SuccessPredicate = (answer: JudgedAnswer) => boolean | string | NoSuccess;

export interface Judgement {
  readonly rules: HttpAnswerRules | undefined;
  readonly ok: SuccessPredicate | undefined;
  readonly items: readonly SyncItem[];
  readonly isDelete: boolean;
  /** What statuses mean at this downstream, an item's too. */
  readonly statusKinds?: { readonly [status: number]: Verdict };
  /** Further headers that say how long to wait. */
  readonly waitHeaders?: readonly string[] | undefined;
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
  if (answer.status === multiStatus && ok === undefined && rules?.ok === undefined && rules?.items === undefined)
    return failed(failure("misconfigured", "http.207", unread207, "maybe"));
  if (!readsSuccess(rules) && ok === undefined) return accepted;
  if (answer.truncated) return unreadable(answer.status, "is not all there: too long, too slow or broken off");
  const text = textOf(answer, judgement.answerBytes);
  const body = text === undefined ? notJson : rules?.lines === true ? parseLines(text) : parse(text);
  if (ok !== undefined) {
    const refusal = askPredicate(ok, answer, body === notJson ? (text ?? "") : body, clean);
    if (refusal !== undefined) return { status: "failed", failure: refusal };
  }
  if (rules === undefined || !readsSuccess(rules)) return accepted;
  if (body !== notJson || (rules.ok !== undefined && pathsOf(rules.ok).includes(""))) {
    if (answer.status === multiStatus && listsNothing(rules, body))
      return unreadable(answer.status, "lists no item that failed");
    return judgeDocument(rules, body === notJson ? text?.trim() : body, {
      transport: "http",
      items,
      clean,
      meaningOf: (code, retryAfter) => meaningOf(code, retryAfter, answer, judgement),
      readWait: (told) => parseWait(told, answer.headers, Date.now()),
      askedMs: () => askedMs(answer, judgement),
    });
  }
  // No content: there is nothing that the rules could read, and the status says that all is well.
  // Rules for upserts often stand beside deletes that are answered with nothing.
  const isEmpty = text?.trim() === "";
  const saysEnough = saysNothing.has(answer.status) || (isDelete && rules.items?.ok === undefined);
  if (!demandSuccess(rules) || (isEmpty && saysEnough)) return accepted;
  return unreadable(answer.status, "is not JSON, and the strategy's answer rules need it");
}

const saysNothing = new Set([204, 205]);
/** It says that there are several results, and not which. */
const multiStatus = 207;
const unread207 =
  "answered 207, which says that items may have failed, and no rule of the strategy (`answer.items` or `answer.ok`) reads which";

/** Where nothing else says what a success is. */
function listsNothing({ ok, items }: AnswerRules, body: unknown): boolean {
  if (ok !== undefined || items === undefined || items.ok !== undefined) return false;
  const listed = valueAt(body, items.path);
  return listed === undefined || listed === null || (Array.isArray(listed) && listed.length === 0);
}

/** A failed status may be told more exactly by its body's code, and gets its words from there. */
export function refineFailure(byStatus: Failure, answer: HttpAnswer, judgement: Judgement): Failure | "accepted" {
  const { rules, clean } = judgement;
  if (answer.truncated || rules === undefined || !explainsFailures(rules)) return byStatus;
  const text = textOf(answer, judgement.answerBytes);
  const body = text === undefined ? notJson : parse(text);
  if (body === notJson) return byStatus;
  const verdict = ruledVerdict(rules, body);
  if (verdict === "accepted") return "accepted";
  const words = answerSentence(rules, body, clean);
  const message = words === undefined ? byStatus.message : `${byStatus.message}: ${words}`;
  const kind = verdict ?? byStatus.kind;
  const found = { ...byStatus, kind, message };
  if (found.retryAfterMs !== undefined) return found;
  const asked = kind === "throttled" ? askedMs(answer, judgement) : undefined;
  const waitMs = asked ?? toldWaitMs(rules, body, (told) => parseWait(told, answer.headers, Date.now()));
  return waitMs === undefined ? found : { ...found, retryAfterMs: waitMs };
}

function explainsFailures({ kinds, message, retryAfter, bucket }: AnswerRules): boolean {
  return [kinds, message, retryAfter, bucket].some((rule) => rule !== undefined);
}

/** What the headers ask of a call that is throttled. */
function askedMs({ headers }: HttpAnswer, { waitHeaders }: Judgement): number | undefined {
  const now = Date.now();
  return parseRetryAfter(headers, now) ?? toldLimit(headers, now, waitHeaders).waitMs;
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

/** What keeps pages from reading an answer as a script. */
const guard = /^\s*(?:\)\]\}',?|while ?\((?:1|true)\);|for ?\(;;\);)\s*/;

/** Some frameworks write JSON a second time, as a text; documents are in the text then. */
function parse(text: string): unknown {
  const body = parseOnce(text.replace(guard, ""));
  const inner = typeof body === "string" && /^\s*[{[]/.test(body) ? parseOnce(body) : notJson;
  return inner === notJson ? body : inner;
}

function parseOnce(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return notJson;
  }
}

/** Blank lines are none. One that is no JSON may be half of one: then nothing is known of the others either. */
function parseLines(text: string): unknown {
  const documents: unknown[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const document = parse(line);
    if (document === notJson) return notJson;
    documents.push(document);
  }
  return documents.length === 0 ? notJson : documents;
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
    if (isNoSuccess(verdict)) return noSuccess(status, verdict, clean);
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

function isNoSuccess(verdict: unknown): verdict is NoSuccess {
  return typeof verdict === "object" && verdict !== null && !(verdict instanceof Promise);
}

function noSuccess(
  status: number,
  { kind, message, retryAfterMs }: NoSuccess,
  clean: (text: string) => string,
): Failure | undefined {
  if (kind === "accepted") return undefined;
  const isKnown = verdicts.includes(kind);
  const told = isKnown ? message : "`ok` names no kind of failure";
  const words = typeof told === "string" && told !== "" ? `: ${clean(told)}` : "";
  const code = isKnown ? "http.not-ok" : "http.ok-threw";
  const found = failure(
    isKnown ? kind : "transient",
    code,
    `answered ${status}, but \`ok\` says it has failed${words}`,
    "maybe",
  );
  return typeof retryAfterMs === "number" ? { ...found, retryAfterMs } : found;
}

/** An item's code that is a status means what the status does. */
function meaningOf(
  code: string,
  retryAfter: string | undefined,
  { headers }: HttpAnswer,
  { isDelete, statusKinds = {} }: Judgement,
): CodeMeaning | undefined {
  if (!/^[45]\d\d$/.test(code)) return undefined;
  const status = Number(code);
  // Its entry names the item: to a delete "not found" and "gone" are what was wanted.
  if (isDelete && (status === 404 || status === 410)) return { verdict: "accepted", effect: "no" };
  const asked = retryAfter === undefined ? {} : { "retry-after": retryAfter, date: headers.date };
  const meaning = classifyStatus(status, asked, statusKinds, Date.now());
  if (meaning === "accepted") return { verdict: "accepted", effect: "no" };
  const { kind, effect, retryAfterMs } = meaning;
  return { verdict: kind as Verdict, effect, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
