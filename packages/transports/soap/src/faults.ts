import type { Failure } from "@syncline/core/spi";
import { type AnswerRules, answerSentence, failure, ruledVerdict, type Verdict } from "@syncline/core/transport-kit";
import { readElement } from "./schema/read-element.ts";
import { namespaces } from "./xml/names.ts";
import { childOf, type XmlElement } from "./xml/read-xml.ts";

type Meaning = readonly [kind: Failure["kind"], effect: Failure["effect"]];

/** What the codes of SOAP and of WS-Security mean. */
const byCode: { readonly [code: string]: Meaning } = {
  Client: ["rejected", "no"],
  Sender: ["rejected", "no"],
  Server: ["transient", "maybe"],
  Receiver: ["transient", "maybe"],
  VersionMismatch: ["misconfigured", "no"],
  MustUnderstand: ["misconfigured", "no"],
  DataEncodingUnknown: ["misconfigured", "no"],
  ActionNotSupported: ["misconfigured", "no"],
  ProcedureNotPresent: ["misconfigured", "no"],
  FailedAuthentication: ["unauthorized", "no"],
  FailedCheck: ["unauthorized", "no"],
  InvalidSecurity: ["unauthorized", "no"],
  InvalidSecurityToken: ["unauthorized", "no"],
  SecurityTokenUnavailable: ["unauthorized", "no"],
  UnsupportedAlgorithm: ["unauthorized", "no"],
  UnsupportedSecurityToken: ["unauthorized", "no"],
  MessageExpired: ["unauthorized", "no"],
};

export interface FaultRules {
  readonly faultKinds: { readonly [code: string]: Verdict };
  readonly answer: AnswerRules | undefined;
  /** Makes text from outside fit for a message. */
  readonly clean: (text: string) => string;
}

export interface Fault {
  /** From the most particular: subcodes, the code, each also without its last parts, names of details. */
  readonly codes: readonly string[];
  readonly element: XmlElement;
}

/** The fault in an envelope's body. */
export function faultIn(body: XmlElement): Fault | undefined {
  const element = body.children.find(
    ({ namespace, name }) => name === "Fault" && (namespace === namespaces.soap11 || namespace === namespaces.soap12),
  );
  if (element === undefined) return undefined;
  const detail = element.children.find(({ name }) => name === "detail" || name === "Detail");
  const details = (detail?.children ?? []).map(({ name }) => name);
  return { codes: [...details, ...codesOf(element).flatMap(withPrefixes)], element };
}

function codesOf(fault: XmlElement): readonly string[] {
  if (fault.namespace === namespaces.soap11) {
    const code = fault.children.find(({ name }) => name === "faultcode");
    return code === undefined ? [] : [unprefixed(code.text)];
  }
  const codes: string[] = [];
  let level = childOf(fault, namespaces.soap12, "Code");
  while (level !== undefined) {
    const value = childOf(level, namespaces.soap12, "Value");
    if (value !== undefined) codes.unshift(unprefixed(value.text));
    level = childOf(level, namespaces.soap12, "Subcode");
  }
  return codes;
}

function unprefixed(text: string): string {
  const code = text.trim();
  return code.slice(code.indexOf(":") + 1);
}

/** SOAP 1.1 makes a code more particular by dots: `Client.Authentication`. */
function withPrefixes(code: string): readonly string[] {
  const parts = code.split(".");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("."));
}

/** What a fault means. Its own words are kept only where the strategy's `answer.message` asks for them. */
export function classifyFault({ codes, element }: Fault, rules: FaultRules): Failure | "accepted" {
  const document = readElement(element, undefined);
  const listed = codes.find((code) => Object.hasOwn(rules.faultKinds, code));
  const ruled = rules.answer === undefined ? undefined : ruledVerdict(rules.answer, document);
  const override = ruled ?? (listed === undefined ? undefined : rules.faultKinds[listed]);
  if (override === "accepted") return "accepted";
  const code = codes.find((one) => Object.hasOwn(byCode, one));
  const [kind, effect] = (code === undefined ? undefined : byCode[code]) ?? ["transient", "maybe"];
  // A code that nobody has named may be anything.
  const word = wordOf(listed ?? code);
  const words = rules.answer === undefined ? undefined : answerSentence(rules.answer, document, rules.clean);
  const hint =
    kind === "unauthorized" && override === undefined ? " (if the credentials are right, compare the clocks)" : "";
  const sentence = `answered with ${word === undefined ? "a fault of no known code" : `the fault ${word}`}${hint}`;
  return failure(
    override ?? kind,
    word === undefined ? "soap.fault" : `soap.fault.${word}`,
    words === undefined ? sentence : `${sentence}: ${words}`,
    effect,
  );
}

/** A code as part of a failure's own code: few distinct values, nothing that could be data. */
function wordOf(code: string | undefined): string | undefined {
  return code !== undefined && /^[A-Za-z0-9_.-]{1,60}$/.test(code) ? code : undefined;
}
