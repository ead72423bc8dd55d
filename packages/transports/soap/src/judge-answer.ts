import type { Failure, Outcome, SyncItem } from "@syncline/core/spi";
import { type AnswerRules, failed, failure, judgeDocument, type Verdict } from "@syncline/core/transport-kit";
import { classifyStatus, type HttpAnswer, parseRetryAfter } from "@syncline/http-client";
import { classifyFault, type Fault, faultIn } from "./faults.ts";
import { readElement } from "./schema/read-element.ts";
import type { Operation } from "./wsdl/operations.ts";
import { namespaces } from "./xml/names.ts";
import { childOf, readXml, type XmlElement, XmlError } from "./xml/read-xml.ts";

export interface Judgement {
  readonly operation: Operation;
  readonly rules: AnswerRules | undefined;
  readonly faultKinds: { readonly [code: string]: Verdict };
  readonly statusKinds: { readonly [status: string]: Verdict };
  readonly items: readonly SyncItem[];
  readonly clean: (text: string) => string;
}

/** What an answer holds: its body, or a sentence that says why it is none. */
type Content = { readonly body: XmlElement } | { readonly unread: string; readonly isRefused?: boolean };

/** The outcome of one answer. Only an answer that the operation's description knows is a success. */
export function judgeAnswer(answer: HttpAnswer, judgement: Judgement): Outcome {
  const isSuccess = answer.status >= 200 && answer.status < 300;
  const isRedirect = answer.status >= 300 && answer.status < 400;
  const content = isRedirect ? { unread: "" } : contentOf(answer);
  const fault = "body" in content ? faultIn(content.body) : undefined;
  if (fault !== undefined) return judgeFault(fault, answer, judgement);
  if (isSuccess) return judgeSuccess(answer, content, judgement);
  const verdict = classifyStatus(answer.status, answer.headers, judgement.statusKinds, Date.now());
  return verdict === "accepted" ? { status: "accepted" } : failed(verdict);
}

// The statuses that SOAP's own bindings give to faults: 1.1 all of them 500, 1.2 what the sender did wrong 400.
const ofFaults = new Set([400, 500]);

function judgeFault(fault: Fault, answer: HttpAnswer, judgement: Judgement): Outcome {
  const { rules, faultKinds, statusKinds, clean } = judgement;
  const byFault = classifyFault(fault, { faultKinds, answer: rules, clean });
  if (byFault === "accepted") return { status: "accepted" };
  const retryAfterMs = parseRetryAfter(answer.headers, Date.now());
  const isListed = fault.codes.some((code) => Object.hasOwn(faultKinds, code));
  if (answer.status < 300 || ofFaults.has(answer.status) || isListed)
    return failed(retryAfterMs === undefined ? byFault : { ...byFault, retryAfterMs });
  // Whatever answered with this status, a gateway or the service, meant the status.
  const byStatus = classifyStatus(answer.status, answer.headers, statusKinds, Date.now());
  return byStatus === "accepted" ? { status: "accepted" } : failed(byStatus);
}

function judgeSuccess(answer: HttpAnswer, content: Content, judgement: Judgement): Outcome {
  const { operation, rules, items, clean } = judgement;
  const isEmpty = answer.body.length === 0 && !answer.truncated;
  if (operation.answer === undefined) {
    if (isEmpty || "body" in content) return { status: "accepted" };
    return failed(unreadable(answer.status, content.unread));
  }
  if (isEmpty)
    return failed(
      failure(
        "misconfigured",
        "soap.empty",
        `answered ${answer.status} and nothing, but ${operation.path} has an answer`,
        "maybe",
      ),
    );
  if (!("body" in content)) {
    return failed(
      content.isRefused === true
        ? failure(
            "misconfigured",
            "soap.answer",
            `answered ${answer.status}, but the answer ${content.unread}`,
            "maybe",
          )
        : unreadable(answer.status, content.unread),
    );
  }
  const { name, namespace } = operation.answer;
  const found = content.body.children.find((child) => child.name === name) ?? content.body.children[0];
  if (found === undefined || found.name !== name || (found.namespace !== namespace && namespace !== ""))
    return failed(unreadable(answer.status, `is not that of ${operation.path}`));
  if (rules === undefined) return { status: "accepted" };
  return judgeDocument(rules, readElement(found, operation.answer), { transport: "soap", items, clean });
}

function unreadable(status: number, what: string): Failure {
  return failure("transient", "soap.answer", `answered ${status}, but the answer ${what}`, "maybe");
}

function contentOf(answer: HttpAnswer): Content {
  if (answer.truncated) return { unread: "is not all there: longer than `answerBytes`, too slow or broken off" };
  if (answer.body.length === 0) return { unread: "is empty" };
  const type = String(answer.headers["content-type"] ?? "");
  if (/^\s*multipart\//i.test(type))
    return { unread: "is in several parts (MTOM, attachments), which are not read", isRefused: true };
  try {
    const root = readXml(decode(answer.body, type));
    const isEnvelope =
      root.name === "Envelope" && (root.namespace === namespaces.soap11 || root.namespace === namespaces.soap12);
    const body = isEnvelope ? childOf(root, root.namespace, "Body") : undefined;
    return body === undefined ? { unread: "is no SOAP envelope" } : { body };
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return { unread: error.message, isRefused: error.message.includes("DTD") };
  }
}

/** By the charset that the header or the XML declaration names. */
function decode(body: Uint8Array, type: string): string {
  const head = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 200)).toString("latin1");
  const utf16 = /^(\xff\xfe|\xfe\xff)/.exec(head)?.[1];
  const bom = utf16 === undefined ? undefined : utf16 === "\xff\xfe" ? "utf-16le" : "utf-16be";
  const named = /charset\s*=\s*"?([\w.:-]+)/i.exec(type) ?? /^[^<]*<\?xml[^>]*encoding\s*=\s*["']([\w.:-]+)/.exec(head);
  try {
    return new TextDecoder(bom ?? named?.[1] ?? "utf-8").decode(body);
  } catch {
    throw new XmlError("is in an encoding that is not known");
  }
}
