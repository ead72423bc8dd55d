import type { InvokeContext, SyncCall } from "@syncline/core/spi";
import { isHeaderName, isHeaderValue } from "@syncline/http-client";
import type { Message } from "./message.ts";
import type { SendingPlan } from "./sending-plan.ts";

type Headers = { readonly [name: string]: string };

/**
 * In bytes of UTF-8, of which no character of a text has more than three: most bodies need not be
 * counted.
 */
export function isLonger(body: string, bytes: number): boolean {
  return body.length * 3 > bytes && Buffer.byteLength(body) > bytes;
}

/** Whatever else was let through, what the downstream and Syncline set wins. */
export function joinHeaders(
  base: Headers,
  call: SyncCall,
  { trace }: InvokeContext,
  plan: SendingPlan,
  message: Message,
  idempotencyHeader: string,
): { [name: string]: string } {
  const { standing: kept } = call.operation === "delete" ? plan.delete : plan.upsert;
  const standing = kept.after(base, message.body === undefined ? undefined : message.contentType);
  // To add members to a copy made by `{ ...standing }` takes V8 3 µs or more; this takes 0.3.
  const headers: { [name: string]: string } = Object.assign({}, standing, message.headers);
  headers[idempotencyHeader] = call.callId;
  for (const name in trace) {
    const value = trace[name];
    if (isHeaderName(name) && isHeaderValue(value)) headers[name.toLowerCase()] ??= value;
  }
  return headers;
}

/**
 * What asks for a state as it is has no condition, and is no repetition of the call whose key it
 * would have.
 */
export function forReading(headers: Headers, idempotencyHeader: string): { [name: string]: string } {
  const kept = Object.entries(headers).filter(
    ([name]) => !name.startsWith("if-") && !name.startsWith("syncline-") && name !== idempotencyHeader,
  );
  return Object.fromEntries(kept);
}
