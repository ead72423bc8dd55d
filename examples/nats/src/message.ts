import { headers, type MsgHdrs } from "@nats-io/transport-node";
import type { InvokeContext, SyncCall, SyncItem } from "@syncline/core/spi";

/** What a consumer is told beside the document. `Nats-Msg-Id`, by which the broker drops what is sent again, is the delivery id. */
export function headersOf(call: SyncCall, item: SyncItem, trace: InvokeContext["trace"]): MsgHdrs {
  const told = headers();
  const { stream } = call.options;
  const fields = {
    "Nats-Msg-Id": item.deliveryId,
    "Nats-Expected-Stream": stream === undefined ? undefined : String(stream),
    "Syncline-Call-Id": call.callId,
    "Syncline-Category": call.category,
    "Syncline-Operation": call.operation,
    "Syncline-Key": JSON.stringify(item.key),
    "Syncline-Revision": item.revision,
    "Syncline-Version": item.version,
    traceparent: trace.traceparent,
    tracestate: trace.tracestate,
  };
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) told.set(name, asciiOnly(value));
  }
  return told;
}

/** A delete is a message without a body: JSON is never that short. */
export function payloadOf(call: SyncCall, item: SyncItem): string {
  return call.operation === "delete" ? "" : item.json;
}

/** As JSON escapes it; a line break would begin another header. */
function asciiOnly(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
