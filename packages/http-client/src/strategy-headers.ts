import type { Problem } from "@syncline/core/spi";
import { isFields, type StrategyHeaderRules, sameHeader } from "@syncline/core/transport-kit";
import type { CredentialOptions } from "./credentials.ts";

/**
 * What every server takes for a matter of form: how the body is written, what is wanted back, which version
 * of an interface.
 */
export const defaultStrategyHeaders: readonly string[] = [
  "accept",
  "accept-language",
  "api-version",
  "content-language",
  "if-match",
  "if-none-match",
  "odata-maxversion",
  "odata-version",
  "prefer",
  "x-api-version",
];

/** The options of a downstream that say which headers it sets itself. */
export interface HeaderOptions extends CredentialOptions {
  readonly strategyHeaders?: readonly string[];
  readonly idempotencyHeader?: string;
  readonly signature?: unknown;
}

/** `own`: what the transport sets itself. Any options: they may not have been checked. */
export function strategyHeaderRules(options: unknown, own: readonly string[]): StrategyHeaderRules {
  const { strategyHeaders } = (isFields(options) ? options : {}) as HeaderOptions;
  const names = Array.isArray(strategyHeaders) ? strategyHeaders.filter((name) => typeof name === "string") : undefined;
  return {
    allowed: names ?? defaultStrategyHeaders,
    taken: [...own, ...configuredHeaders(options).map(({ name }) => name)],
  };
}

/**
 * What is wrong between the headers that a downstream's options name, which must be in order by themselves.
 */
export function headerProblems(options: HeaderOptions): readonly Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, string>();
  for (const { at, name } of configuredHeaders(options)) {
    const other = seen.get(sameHeader(name));
    if (other === undefined) seen.set(sameHeader(name), at);
    else problems.push({ at, message: `is the header that \`${other}\` sets already: servers may take either` });
  }
  for (const [index, name] of (options.strategyHeaders ?? []).entries()) {
    const other = seen.get(sameHeader(name));
    if (other !== undefined)
      problems.push({ at: `strategyHeaders[${index}]`, message: `is set by \`${other}\`, which no strategy replaces` });
  }
  return problems;
}

const ofAws = ["x-amz-date", "x-amz-security-token", "x-amz-content-sha256"];

function configuredHeaders(options: unknown): readonly { readonly at: string; readonly name: string }[] {
  const { auth, headers, idempotencyHeader, signature } = (isFields(options) ? options : {}) as HeaderOptions;
  const names = isFields(headers) ? Object.keys(headers).map((name) => ({ at: `headers.${name}`, name })) : [];
  if (isFields(auth)) {
    const apiKey = "apiKey" in auth && isFields(auth.apiKey) ? auth.apiKey.header : undefined;
    if (typeof apiKey === "string") names.unshift({ at: "auth.apiKey.header", name: apiKey });
    else names.unshift({ at: "auth", name: "authorization" });
    if ("aws" in auth) names.push(...ofAws.map((name) => ({ at: "auth.aws", name })));
  }
  const hmac = isFields(signature) && isFields(signature.hmac) ? signature.hmac.headers : undefined;
  for (const name of Object.keys(isFields(hmac) ? hmac : {}))
    names.push({ at: `signature.hmac.headers.${name}`, name });
  const key = idempotencyHeader ?? "idempotency-key";
  if (typeof key === "string") names.push({ at: "idempotencyHeader", name: key });
  return names;
}
