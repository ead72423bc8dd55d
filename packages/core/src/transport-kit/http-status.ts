import type { Effect, FailureKind } from "../model/outcome.ts";

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

/** What a status that is not 2xx means wherever HTTP carries an answer; `undefined`: it is no word that is known. */
export function httpStatusKind(status: number): FailureKind | undefined {
  return byStatus[status];
}

/** Whether a status that is not 2xx says that nothing was done. */
export function httpStatusEffect(status: number): Effect {
  const refused = status >= 400 && status < 500 && !unclear.has(status);
  return refused || undone.has(status) ? "no" : "maybe";
}
