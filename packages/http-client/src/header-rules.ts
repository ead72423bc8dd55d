import { both, type Check, satisfies } from "@syncline/core/transport-kit";

const name = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
// Printable ASCII: some clients silently strip or re-encode anything else, so the receiver would see another value.
const value = /^[\t\x20-\x7e]*$/;

/** What frames the message, belongs to one connection, or says who we are: never the user's to set as a plain header. */
const framing = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** What says how a message is written, or by whom. */
const written = new Set([
  "content-type",
  "soapaction",
  "syncline-revision",
  "syncline-version",
  "traceparent",
  "tracestate",
]);
const ours = new Set(["syncline-revision", "syncline-version", "traceparent", "tracestate"]);

export function isHeaderName(text: unknown): text is string {
  return typeof text === "string" && name.test(text);
}

export function isHeaderValue(text: unknown): text is string {
  return typeof text === "string" && value.test(text);
}

export const checkHeaderName: Check = both(
  satisfies(isHeaderName, "is no header name: letters, digits and - only"),
  satisfies((text) => !framing.has(String(text).toLowerCase()), "belongs to the connection and cannot be set"),
  satisfies((text) => !ours.has(String(text).toLowerCase()), "is set by Syncline itself"),
  satisfies((text) => String(text).toLowerCase() !== "authorization", "must be given as the downstream's `auth`"),
);

/** For the headers whose place in the message the user may choose: an API key, the idempotency key. */
export const checkOwnHeaderName: Check = both(
  satisfies(isHeaderName, "is no header name: letters, digits and - only"),
  satisfies((text) => !framing.has(String(text).toLowerCase()), "belongs to the connection and cannot be set"),
  satisfies((text) => !written.has(String(text).toLowerCase()), "is set by Syncline itself"),
);

export const checkHeaderValue: Check = satisfies(isHeaderValue, "must be a string of printable ASCII characters");

/** For secrets that travel in headers as they are. */
export function refuseHeaderSecret(value: string): string | undefined {
  return isHeaderValue(value) ? undefined : "holds characters that no header can carry";
}
