import type { ItemFailure, SyncCall, SyncItem } from "@syncline/core/spi";
import { failure, synclineHeaders } from "@syncline/core/transport-kit";
import { isHeaderValue } from "@syncline/http-client";
import { cloudEvent } from "./cloud-event.ts";
import type { SendingPlan } from "./sending-plan.ts";
import type { HttpStrategyOptions } from "./strategy-options.ts";

/** What a call says, before it has an address and credentials. */
export interface Message {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
  readonly contentType: string;
  /** Syncline's own, names in lower case. */
  readonly headers: { readonly [name: string]: string };
  /** A delete whose path names the whole key, so that "not found" means that the key is gone. */
  readonly namesKey: boolean;
}

export type Encoded = { readonly message: Message } | { readonly unsendable: readonly ItemFailure[] };

/** Joins texts that are JSON already: no document is printed twice. */
export function encode(call: SyncCall, plan: SendingPlan): Encoded {
  const { method, path } = call.operation === "delete" ? plan.delete : plan.upsert;
  const [item] = call.items;
  if (item === undefined) return { unsendable: [] };
  const expanded = path.expand(item);
  if ("fault" in expanded) return unsendable("http.path", expanded.fault);
  const body = call.batched ? list(call, plan) : single(call, item, plan, method);
  const contentType = contentTypeOf(plan.options, call.batched);
  const headers = synclineHeaders(call);
  if (call.batched) return { message: { method, path: expanded.path, body, contentType, headers, namesKey: false } };
  if (item.version !== undefined && !isHeaderValue(item.version)) {
    return unsendable("http.header", "the version has characters that no header can carry");
  }
  const namesKey = call.operation === "delete" && Object.keys(item.key).every((field) => path.fields.includes(field));
  return { message: { method, path: expanded.path, body, contentType, headers, namesKey } };
}

function unsendable(code: string, message: string): Encoded {
  return { unsendable: [{ index: 0, failure: failure("rejected", code, message, "no") }] };
}

function list(call: SyncCall, { options }: SendingPlan): string {
  const texts = call.items.map((item) => {
    if (options.format === "cloudevents") return cloudEvent(call, item, options);
    if (options.envelope === true) return envelope(call, item);
    return call.operation === "delete" ? JSON.stringify(item.key) : item.json;
  });
  if (options.format === "ndjson") return texts.map((text) => `${text}\n`).join("");
  const array = `[${texts.join(",")}]`;
  return options.wrap === undefined ? array : `{${JSON.stringify(options.wrap)}:${array}}`;
}

function single(call: SyncCall, item: SyncItem, { options }: SendingPlan, method: string): string | undefined {
  if (options.format === "cloudevents") return cloudEvent(call, item, options);
  if (options.envelope === true) return envelope(call, item);
  if (call.operation === "upsert") return item.json;
  // Many servers and proxies refuse or drop the body of a DELETE; any other method says nothing without one.
  return method === "DELETE" ? undefined : JSON.stringify(item.key);
}

function contentTypeOf({ format }: HttpStrategyOptions, batched: boolean): string {
  if (format === "ndjson") return "application/x-ndjson";
  if (format !== "cloudevents") return "application/json";
  return batched ? "application/cloudevents-batch+json" : "application/cloudevents+json";
}

function envelope(call: SyncCall, item: SyncItem): string {
  const { deliveryId, revision, version, key } = item;
  const head = JSON.stringify({ deliveryId, revision, version, operation: call.operation, key });
  return `${head.slice(0, -1)},"body":${call.operation === "delete" ? "null" : item.json}}`;
}
