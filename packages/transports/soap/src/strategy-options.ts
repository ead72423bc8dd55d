import type { Problem, SyncCall, WireValue } from "@syncline/core/spi";
import {
  type AnswerRules,
  type Check,
  checkAnswerRules,
  checkHeadersOfStrategy,
  isFields,
  isObject,
  isOneOf,
  type StrategyHeaderRules,
  satisfies,
} from "@syncline/core/transport-kit";
import { checkHeaderName, checkHeaderValue } from "@syncline/http-client";
import { checkRowHeaders } from "./header-values.ts";

/** A strategy's `options` for this transport. */
export interface SoapStrategyOptions {
  /** A batch goes into this repeated element of the request: its path, such as `orders.order`. */
  readonly list?: string;
  /** The document goes into this element of the item, instead of being the item. If it holds a text, as JSON. */
  readonly document?: string;
  /** Elements of the item, or attributes (`@id`), that tell what a receiver needs to be idempotent. */
  readonly stamp?: {
    readonly deliveryId?: string;
    readonly revision?: string;
    readonly version?: string;
    readonly operation?: string;
  };
  /** Constant elements of the request. */
  readonly fixed?: { readonly [element: string]: WireValue };
  /**
   * Constant HTTP headers that the downstream's `strategyHeaders` allow. No secrets: they belong to the
   * downstream.
   */
  readonly headers?: { readonly [name: string]: string };
  /**
   * Elements of SOAP's header that the operation's binding declares: constants, and `{ field }` for a
   * column, which then is no part of the body. No batches with columns; no secrets, as above.
   */
  readonly header?: { readonly [element: string]: WireValue };
  /** What texts for `xs:hexBinary` are, where they may be both: hexadecimal digits, or bytes as base64. */
  readonly hexBinary?: "hex" | "base64";
  /** How a delete is told. Its item's elements are the key's fields. Default: by the strategy's own operation. */
  readonly delete?: { readonly path?: string; readonly list?: string };
  /** How the answer is judged. Paths begin in the element that answers; every value is a text. */
  readonly answer?: AnswerRules;
}

const isElementPath = satisfies(
  (value) =>
    typeof value === "string" && value.length <= 512 && /^[\p{L}_][^\s.<>&"']*(\.[\p{L}_][^\s.<>&"']*)*$/u.test(value),
  "must be the name of an element, or a path of names joined by dots",
);
const isStampName = satisfies(
  (value) => /^@?[\p{L}_][^\s.<>&"'@]{0,127}$/u.test(String(value)),
  "must be the name of an element, or of an attribute with @ before it",
);
const isPath: Check = satisfies(
  (value) => typeof value === "string" && /^[\p{L}_][^\s<>&"'/]{0,511}$/u.test(value),
  "must be Service.Port.operation, or operation",
);

const checkOptions = (rules: StrategyHeaderRules) =>
  isObject({
    list: isElementPath,
    document: isStampName,
    stamp: isObject({ deliveryId: isStampName, revision: isStampName, version: isStampName, operation: isStampName }),
    fixed: satisfies(isFields, "must be an object of elements"),
    headers: checkHeadersOfStrategy(rules, checkHeaderName, checkHeaderValue),
    header: checkRowHeaders,
    hexBinary: isOneOf(["hex", "base64"]),
    delete: isObject({ path: isPath, list: isElementPath }),
    answer: checkAnswerRules,
  });

/** What of a strategy, or of a call, is this transport's. */
export type SendingParts = Pick<SyncCall, "path" | "method" | "options">;

/** What is wrong with the parts by themselves, without a WSDL. */
export function checkSending(parts: SendingParts, rules: StrategyHeaderRules): readonly Problem[] {
  const problems: Problem[] = [];
  isPath(parts.path, "path", problems);
  if (parts.method !== undefined)
    problems.push({ at: "method", message: "is HTTP's: over SOAP the path names the operation" });
  checkOptions(rules)(parts.options, "options", problems);
  return problems;
}
