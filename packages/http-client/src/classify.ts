import { STATUS_CODES } from "node:http";
import type { Effect, Failure, FailureKind } from "@syncline/core/spi";
import {
  failure,
  httpStatusEffect,
  httpStatusKind,
  isTlsCode,
  parseRetryAfter,
  type Verdict,
} from "@syncline/core/transport-kit";
import type { HttpFault, HttpHeaders } from "./http-client.ts";
import { toldLimit } from "./rate-limit-headers.ts";

/**
 * Of those that may mean something else, too: with a Retry-After, or with a limit that is reached,
 * they ask to come back later.
 */
const throttling = new Set([403, 418, 503, 529]);

/**
 * What a status that is not 2xx means. `waitHeaders`: of the downstream's own, that say how long a
 * call that is throttled should wait.
 */
export function classifyStatus(
  status: number,
  headers: HttpHeaders,
  statusKinds: { readonly [status: string]: Verdict },
  now: number,
  waitHeaders: readonly string[] = [],
): Failure | "accepted" {
  const override = statusKinds[status];
  if (override === "accepted") return "accepted";
  const asked = parseRetryAfter(headers, now);
  const limit = asked === undefined ? toldLimit(headers, now, waitHeaders) : undefined;
  const throttled = (asked !== undefined || limit?.isReached === true) && throttling.has(status);
  const kind = override ?? (throttled ? "throttled" : (httpStatusKind(status) ?? byClass(status)));
  const retryAfterMs = asked ?? (kind === "throttled" ? limit?.waitMs : undefined);
  const redirect = status >= 300 && status < 400;
  const failure: Failure = {
    kind,
    code: redirect ? "http.redirect" : `http.${status}`,
    message: redirect
      ? `answered ${status}: redirects are not followed; give the final address`
      : `answered ${status} ${STATUS_CODES[status] ?? ""}`.trimEnd(),
    effect: httpStatusEffect(status),
  };
  return retryAfterMs === undefined ? failure : { ...failure, retryAfterMs };
}

function byClass(status: number): FailureKind {
  if (status >= 500) return "transient";
  return status >= 400 ? "rejected" : "misconfigured";
}

const unreachable: { readonly [code: string]: string } = {
  ECONNREFUSED: "refused the connection",
  ENOTFOUND: "its name cannot be resolved",
  EAI_AGAIN: "its name cannot be resolved at present",
  EHOSTUNREACH: "no route to the host",
  EHOSTDOWN: "the host is down",
  ENETUNREACH: "no route to the network",
  ENETDOWN: "the network is down",
  EADDRNOTAVAIL: "no local address or port is free",
  ETIMEDOUT: "no connection in time",
  "connect-timeout": "no connection in time",
};
const broken: { readonly [code: string]: string } = {
  ECONNRESET: "closed the connection without an answer (http spoken to an https port looks the same)",
  ECONNABORTED: "the connection was aborted",
  EPIPE: "closed the connection while the request was being sent",
};
const ownWords: { readonly [code: string]: string } = {
  UND_ERR_CONNECT_TIMEOUT: "connect-timeout",
  ERR_CONNECT_TIMEOUT: "connect-timeout",
  UND_ERR_SOCKET: "ECONNRESET",
};

/** What it means that no answer came; not for what our own signal ended. The engine's words are not repeated. */
export function classifyFault({ fault, reason, sent }: HttpFault): Failure {
  const code = ownWords[fault] ?? fault;
  const effect: Effect = sent ? "maybe" : "no";
  if (code === "ERR_BLOCKED_ADDRESS") {
    return failure(
      "misconfigured",
      "net.blocked-address",
      "its address is a cloud metadata service's, which is refused",
      "no",
    );
  }
  if (code === "ERR_DENIED_ADDRESS") {
    return failure("misconfigured", "net.denied-address", "the downstream's address policy denies its address", "no");
  }
  if (code === "ERR_CREDENTIALS") return failure("unauthorized", "http.secret", reason, "no");
  if (code === "ERR_TLS_MATERIAL") return failure("misconfigured", "tls.material", reason, "no");
  const proxy = /^ERR_PROXY_(\d{3})$/.exec(code);
  if (proxy !== null) return failure(proxyKind(Number(proxy[1])), `net.proxy-${proxy[1]}`, reason, "no");
  if (isTlsCode(code)) {
    // TLS 1.3 refuses our certificate only after we think to be connected: the request was never decrypted.
    const certain = /ALERT_((BAD_|UNSUPPORTED_)?CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE)/.test(code)
      ? "no"
      : effect;
    return failure("misconfigured", `tls.${code}`, `TLS failed: ${code}`, certain);
  }
  const words = unreachable[code];
  if (words !== undefined) return failure("unavailable", `net.${code}`, words, effect);
  if (/^HPE_|^HTTPParserError$|^ERR_HTTP|^UND_ERR_(HEADERS_OVERFLOW|RES)/.test(code)) {
    return failure("transient", "http.protocol", `its answer is not HTTP as it should be: ${code}`, effect);
  }
  if (/^UND_ERR_(INVALID_ARG|NOT_SUPPORTED|REQ_CONTENT)|^ERR_INVALID|^ERR_UNESCAPED|^ERR_BAD_OPTION/.test(code)) {
    return failure("misconfigured", "http.request", `the request cannot be formed: ${code}`, effect);
  }
  if (/^UND_ERR_(CLOSED|DESTROYED)/.test(code))
    return failure("cancelled", "http.closed", "the transport is closed", effect);
  // Nothing left us: as good as refused, so it costs no item an attempt.
  const kind = sent ? "transient" : "unavailable";
  const known = /^[A-Z][A-Z0-9_]{2,40}$/.test(code);
  return failure(
    kind,
    known ? `net.${code}` : "net.unknown",
    broken[code] ?? `no answer: ${known ? code : "unknown error"}`,
    effect,
  );
}

/** What a proxy's refusal of the tunnel means. Nothing has left for the downstream. */
function proxyKind(status: number): FailureKind {
  if (status === 407) return "unauthorized";
  return status >= 500 || status === 429 ? "unavailable" : "misconfigured";
}
