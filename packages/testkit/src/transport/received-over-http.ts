import type { IncomingHttpHeaders } from "node:http";
import type { Condition, WireValue } from "@syncline/core/spi";
import type { ReceivedCall, ReceivedItem } from "./downstream-control.ts";

export interface HttpReceivedItem extends ReceivedItem {
  readonly deliveryId: string | undefined;
}

/** One call as it came in over HTTP. */
export interface HttpReceivedCall extends ReceivedCall {
  /** From 1, in order of arrival. */
  readonly number: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly items: readonly HttpReceivedItem[];
}

export interface RawCall {
  readonly number: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Understands envelopes, `{ deliveryId, revision, operation, key, body }`; anything else is taken for the document. */
export function readCall(raw: RawCall): HttpReceivedCall {
  const content = parse(raw.text);
  const parts = Array.isArray(content) ? content : [content];
  const { traceparent, tracestate } = raw.headers;
  const trace = Object.entries({ traceparent, tracestate }).filter((entry): entry is [string, string] => {
    return typeof entry[1] === "string";
  });
  return {
    ...raw,
    callId: header(raw, "idempotency-key"),
    operation: parts.some(isDelete) || raw.method === "DELETE" ? "delete" : "upsert",
    trace: Object.fromEntries(trace),
    items: parts.map((part) => itemOf(part, raw)),
    isList: Array.isArray(content),
  };
}

function itemOf(part: WireValue, raw: RawCall): HttpReceivedItem {
  const revision = header(raw, "syncline-revision");
  if (!isEnvelope(part)) return { deliveryId: header(raw, "idempotency-key"), key: undefined, revision, body: part };
  const { deliveryId, key, body } = part;
  return {
    deliveryId: String(deliveryId),
    key: key as Condition,
    revision: typeof part.revision === "string" ? part.revision : revision,
    body: body ?? null,
  };
}

type Fields = { readonly [name: string]: WireValue };

function isEnvelope(part: WireValue): part is Fields {
  return isFields(part) && "deliveryId" in part && "key" in part && "body" in part;
}

function isDelete(part: WireValue): boolean {
  return isEnvelope(part) && part.operation === "delete";
}

function isFields(value: WireValue): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function header(raw: RawCall, name: string): string | undefined {
  const value = raw.headers[name];
  return typeof value === "string" ? value : undefined;
}

/** What is no JSON is kept as text: a test sees what came. */
function parse(text: string): WireValue {
  if (text === "") return null;
  try {
    return JSON.parse(text) as WireValue;
  } catch {
    return text;
  }
}
