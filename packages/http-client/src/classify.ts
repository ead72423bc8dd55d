import { STATUS_CODES } from "node:http";
import type { Effect, Failure, FailureKind } from "@syncline/core/spi";
import { failure, isTlsCode, type Verdict } from "@syncline/core/transport-kit";
import type { HttpFault, HttpHeaders } from "./http-client.ts";
import { toldLimit } from "./rate-limit-headers.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** What only one kind of server says, or no standard lists, has its origin beside it. */
const byStatus: { readonly [status: number]: FailureKind } = {
  401: "unauthorized",
  402: "unauthorized", // the account is not paid
  403: "unauthorized",
  404: "misconfigured",
  405: "misconfigured",
  406: "misconfigured",
  407: "unauthorized",
  408: "transient",
  409: "transient",
  410: "misconfigured",
  411: "misconfigured",
  413: "too-large",
  415: "misconfigured",
  417: "misconfigured",
  419: "unauthorized", // Laravel: the session has expired
  420: "throttled", // Twitter: enhance your calm
  421: "misconfigured",
  423: "transient",
  424: "transient",
  425: "transient",
  426: "misconfigured",
  428: "misconfigured",
  429: "throttled",
  431: "misconfigured",
  440: "unauthorized", // IIS: the login has timed out
  449: "transient", // IIS: retry with
  450: "misconfigured", // a filter on the way
  451: "misconfigured",
  460: "unavailable", // AWS: the client, which may be a proxy, has closed the connection
  463: "misconfigured", // AWS
  464: "misconfigured", // AWS: another protocol is wanted
  494: "misconfigured", // nginx: the headers are too long
  495: "unauthorized", // nginx: our certificate
  496: "unauthorized", // nginx: it wants a certificate
  497: "misconfigured", // nginx: it wants https
  498: "unauthorized", // Esri: the token is not valid
  499: "unavailable", // nginx, gRPC gateways: the client, which may be a proxy, has closed the connection
  501: "misconfigured",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
  505: "misconfigured",
  506: "misconfigured",
  507: "unavailable",
  508: "unavailable", // cPanel: the account's resources are used up
  509: "throttled", // cPanel: the account's bandwidth is used up
  510: "misconfigured",
  511: "unauthorized", // the network wants a login
  // Cloudflare: the origin answers nonsense, is down, cannot be reached, is too slow, has no good
  // certificate.
  520: "unavailable",
  521: "unavailable",
  522: "unavailable",
  523: "unavailable",
  524: "unavailable",
  525: "unavailable",
  526: "unavailable",
  527: "unavailable",
  528: "unavailable",
  529: "unavailable", // Qualys, Anthropic: overloaded
  530: "unavailable",
  540: "unavailable", // Shopify: temporarily disabled
  561: "unauthorized", // AWS: the identity provider refused
  598: "unavailable", // proxies: no answer in time
  599: "unavailable", // proxies: no connection in time
  999: "throttled", // LinkedIn
};

// An answer that says "I did not": a 4xx refusal, "not implemented", a redirect that wants the
// request itself again. Not 408 and 409 (it may be at work on the same content), 424, 460 and 499
// (it broke off somewhere behind), nor other 3xx (a 302 or 303 often follows a success), nor 503
// (proxies say it when a backend broke off).
const undone = new Set([307, 308, 501, 505, 506, 510, 511]);
const unclear = new Set([408, 409, 424, 460, 499]);
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
  const kind = override ?? (throttled ? "throttled" : (byStatus[status] ?? byClass(status)));
  const retryAfterMs = asked ?? (kind === "throttled" ? limit?.waitMs : undefined);
  const redirect = status >= 300 && status < 400;
  const failure: Failure = {
    kind,
    code: redirect ? "http.redirect" : `http.${status}`,
    message: redirect
      ? `answered ${status}: redirects are not followed; give the final address`
      : `answered ${status} ${STATUS_CODES[status] ?? ""}`.trimEnd(),
    effect: effectOf(status),
  };
  return retryAfterMs === undefined ? failure : { ...failure, retryAfterMs };
}

function byClass(status: number): FailureKind {
  if (status >= 500) return "transient";
  return status >= 400 ? "rejected" : "misconfigured";
}

function effectOf(status: number): Effect {
  const refused = status >= 400 && status < 500 && !unclear.has(status);
  return refused || undone.has(status) ? "no" : "maybe";
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
