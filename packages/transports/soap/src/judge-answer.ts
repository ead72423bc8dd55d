import type { Failure, Outcome, SyncItem } from "@syncline/core/spi";
import {
  type AnswerRules,
  demandSuccess,
  failed,
  failure,
  judgeDocument,
  parseRetryAfter,
  type Verdict,
} from "@syncline/core/transport-kit";
import { charsetOf, classifyStatus, type HttpAnswer, unpackedBody } from "@syncline/http-client";
import { classifyFault, type Fault, faultIn } from "./faults.ts";
import { References } from "./references.ts";
import { readElement } from "./schema/read-element.ts";
import type { Operation } from "./wsdl/operations.ts";
import { decodeXml } from "./xml/decode-xml.ts";
import { namespaces } from "./xml/names.ts";
import { childOf, readXml, type XmlElement, XmlError } from "./xml/read-xml.ts";

export interface Judgement {
  readonly operation: Operation;
  readonly rules: AnswerRules | undefined;
  readonly faultKinds: { readonly [code: string]: Verdict };
  readonly statusKinds: { readonly [status: string]: Verdict };
  readonly items: readonly SyncItem[];
  /** What a body may come to when it is unpacked. */
  readonly answerBytes: number;
  readonly clean: (text: string) => string;
}

/** What an answer holds: its body, or a sentence that says why it is none. */
type Content =
  | { readonly body: XmlElement }
  | { readonly unread: string; readonly isRefused?: boolean; readonly isEmpty?: boolean };

/** The outcome of one answer. Only an answer that the operation's description knows is a success. */
export function judgeAnswer(answer: HttpAnswer, judgement: Judgement): Outcome {
  const isSuccess = answer.status >= 200 && answer.status < 300;
  const isRedirect = answer.status >= 300 && answer.status < 400;
  const content = isRedirect ? { unread: "" } : contentOf(answer, judgement.answerBytes);
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
  const isEmpty = "isEmpty" in content && content.isEmpty === true;
  if (operation.answer === undefined) {
    if (isEmpty || "body" in content) return { status: "accepted" };
    return failed(unreadable(answer.status, content.unread));
  }
  if (isEmpty && saysNothing(answer.status, rules)) return { status: "accepted" };
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
  if (operation.answer === "empty") {
    if (content.body.children.length > 0) return failed(unreadable(answer.status, `is not that of ${operation.path}`));
    return rules === undefined ? { status: "accepted" } : judgeDocument(rules, {}, { transport: "soap", items, clean });
  }
  const described = operation.answer === "any" ? content.body.children[0] : operation.answer;
  const { name, namespace } = described ?? { name: "", namespace: "" };
  const found = content.body.children.find((child) => child.name === name) ?? content.body.children[0];
  if (found === undefined || found.name !== name || (found.namespace !== namespace && namespace !== ""))
    return failed(unreadable(answer.status, `is not that of ${operation.path}`));
  if (rules === undefined) return { status: "accepted" };
  const references = operation.encoding !== undefined ? new References(content.body) : undefined;
  const shape = operation.answer === "any" ? undefined : operation.answer;
  // SOAP 1.2's RPC names in it the part that is the result, which may be called "result" itself.
  const told = { ...found, children: found.children.filter((child) => child.namespace !== namespaces.rpc12) };
  const read = readElement(told, shape, (element) => references?.follow(element) ?? element);
  return judgeDocument(rules, read, { transport: "soap", items, clean });
}

/**
 * "No content", and "accepted", which SOAP says where no envelope will follow: as good as an answer
 * that only rules ask for.
 */
function saysNothing(status: number, rules: AnswerRules | undefined): boolean {
  return status === 204 || (status === 202 && (rules === undefined || !demandSuccess(rules)));
}

function unreadable(status: number, what: string): Failure {
  return failure("transient", "soap.answer", `answered ${status}, but the answer ${what}`, "maybe");
}

function contentOf(answer: HttpAnswer, mostBytes: number): Content {
  if (answer.truncated) return { unread: "is not all there: longer than `answerBytes`, too slow or broken off" };
  const type = answer.headers["content-type"];
  if (/^\s*multipart\//i.test(String(type)))
    return { unread: "is in several parts (MTOM, attachments), which are not read", isRefused: true };
  const bytes = unpackedBody(answer, mostBytes);
  if (bytes === undefined) return { unread: "cannot be unpacked, or is longer than `answerBytes` then" };
  try {
    const text = decodeXml(bytes, charsetOf(type));
    if (text.trim() === "") return { unread: "is empty", isEmpty: true };
    const root = readXml(text);
    const isEnvelope =
      root.name === "Envelope" && (root.namespace === namespaces.soap11 || root.namespace === namespaces.soap12);
    const body = isEnvelope ? childOf(root, root.namespace, "Body") : undefined;
    return body === undefined ? { unread: "is no SOAP envelope" } : { body };
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return { unread: error.message, isRefused: error.message.includes("DTD") };
  }
}
