import type { Problem } from "../model/problem.ts";
import { type Check, isFields } from "./checks.ts";

/**
 * Which headers (over gRPC: metadata) strategies may set. Strategies come from a table as well, and whoever
 * edits it must not become somebody else at the downstream, nor somewhere else behind its proxy: names are
 * allowed by the downstream, what it sets itself nobody replaces, and what decides about the call is not to
 * be allowed at all.
 */
export interface StrategyHeaderRules {
  /**
   * The downstream's `strategyHeaders`, or the transport's default: names, and beginnings such as `x-acme-*`.
   */
  readonly allowed: readonly string[];
  /** What the downstream, or the transport itself, sets. */
  readonly taken: readonly string[];
}

const connection = "belongs to the connection and cannot be set";
const routing =
  "tells proxies and servers where a call goes, by which method or from whom it comes: no strategy may set it";
const credentials = "says who we are: it belongs to the downstream's options";
const ours = "is set by Syncline itself";

/** Names as `sameHeader` makes them. One that ends in `-` or `*` is a beginning. */
const reserved: readonly (readonly [reason: string, names: string])[] = [
  [
    connection,
    `close connection content-encoding content-length expect grpc-* host http2-settings keep-alive proxy-* sec-* te trailer
     transfer-encoding upgrade`,
  ],
  [
    credentials,
    "authentication* authorization* cookie* set-cookie* x-amz-security-token x-authorization* x-csrf-* x-xsrf-*",
  ],
  [
    routing,
    `-method base-url cdn-loop cf-* client-cert* client-ip destination early-data fastly-* forwarded* front-end-https host-*
     http-* max-forwards method-override* origin redirect* referer remote-* request-uri ssl-* true-client-ip uri url via
     x-accel-* x-amzn-oidc-* x-amzn-vpc-* x-appengine-* x-arr-* x-auth-request-* x-authenticated-* x-azure-* x-backend-*
     x-client-cert* x-client-ip x-cluster-client-ip x-custom-ip-authorization x-envoy-* x-forward* x-goog-authenticated-*
     x-goog-iap-* x-host x-http-* x-istio-* x-method* x-ms-client-principal* x-original* x-originating-* x-override*
     x-proxy* x-real* x-remote-* x-request-uri x-request-url x-requested-uri x-rewrite* x-route-* x-sendfile* x-ssl-*
     x-true-client-ip x-uri x-url x-waws-*`,
  ],
  [
    ours,
    `baggage ce-* cloudevents-* idempotency-key syncline-* traceparent tracestate user-agent webhook-* x-idempotency-key`,
  ],
];
const exact = new Map<string, string>();
const beginnings: (readonly [beginning: string, reason: string])[] = [];
for (const [reason, names] of reserved) {
  for (const name of names.split(/\s+/)) {
    if (name.endsWith("*")) beginnings.push([name.slice(0, -1), reason]);
    else exact.set(name, reason);
  }
}

/**
 * One name for what servers do not tell apart: `X_Api_Key` and `X-Api-Key` are one variable to CGI and its
 * heirs.
 */
export function sameHeader(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "-");
}

/** Why a name is nobody's to give to strategies; `undefined` if it is. */
export function reservedHeader(name: string): string | undefined {
  const same = sameHeader(name);
  return exact.get(same) ?? beginnings.find(([beginning]) => same.startsWith(beginning))?.[1];
}

/** What is wrong with a strategy that sets this header; words that follow its place. */
export function strategyHeaderProblem(name: string, { allowed, taken }: StrategyHeaderRules): string | undefined {
  const reason = reservedHeader(name);
  if (reason !== undefined) return reason;
  const same = sameHeader(name);
  if (taken.some((each) => sameHeader(each) === same))
    return "is set by the downstream, or by Syncline: no strategy replaces it";
  if (allowed.some((entry) => admits(entry.toLowerCase(), name.toLowerCase()))) return undefined;
  const names = allowed.length === 0 ? "none" : allowed.join(", ");
  return `is no header that strategies may set here (${names}): the downstream's \`strategyHeaders\` names those`;
}

function admits(entry: string, name: string): boolean {
  if (!entry.endsWith("*")) return entry === name;
  return name.startsWith(entry.slice(0, -1)) && /^[a-z0-9-]+$/.test(name);
}

/**
 * For a strategy's headers as a whole: names by the rules, each at most once. `checkName` and `checkValue`:
 * the protocol's.
 */
export function checkHeadersOfStrategy(rules: StrategyHeaderRules, checkName: Check, checkValue: Check): Check {
  return (value, at, problems) => {
    if (!isFields(value)) {
      problems.push({ at, message: "must be an object" });
      return;
    }
    const seen = new Set<string>();
    for (const [name, entry] of Object.entries(value)) {
      const found: Problem[] = [];
      const place = `${at}.${name}`;
      checkName(name, place, found);
      const refusal = found.length > 0 ? undefined : strategyHeaderProblem(name, rules);
      if (refusal !== undefined) found.push({ at: place, message: refusal });
      if (seen.has(sameHeader(name))) found.push({ at: place, message: "is given twice" });
      seen.add(sameHeader(name));
      checkValue(entry, place, found);
      problems.push(...found);
    }
  };
}

/** For a downstream's `strategyHeaders`. A list may be empty: then strategies set none. */
export const checkStrategyHeaders: Check = (value, at, problems) => {
  if (!Array.isArray(value)) {
    problems.push({ at, message: "must be a list of header names" });
    return;
  }
  for (const [index, entry] of value.entries()) {
    const message = entryProblem(entry);
    if (message !== undefined) problems.push({ at: `${at}[${index}]`, message });
  }
};

function entryProblem(entry: unknown): string | undefined {
  if (typeof entry !== "string" || !/^[!#$%&'+.^_`|~0-9A-Za-z-]{1,127}\*?$/.test(entry))
    return "must be the name of a header, or the beginning of names, such as x-acme-*";
  const reason = reservedHeader(entry);
  if (reason !== undefined) return reason;
  if (entry.endsWith("*") && !/^(x-)?[a-z0-9]{2,}-/i.test(entry))
    return "would let strategies set what nobody has thought of: begin with a name of your own, such as x-acme-*";
  return undefined;
}
