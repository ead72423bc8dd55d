import type { Failure, ItemFailure, SyncCall, SyncItem } from "@syncline/core/spi";
import { failure, synclineHeaders } from "@syncline/core/transport-kit";
import { isHeaderValue } from "@syncline/http-client";
import type { BodyFault } from "./body-writer.ts";
import type { Endpoint } from "./endpoints.ts";
import { fillHeaders } from "./header-template.ts";
import type { SendingPlan } from "./sending-plan.ts";
import { Fault } from "./template-slots.ts";

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

export type Encoded =
  | { readonly message: Message }
  | { readonly unsendable: readonly ItemFailure[] }
  /** The strategy cannot send such a call; a sentence. */
  | { readonly misfit: string };

/** Joins texts that are JSON already: no document is printed twice. */
export function encode(call: SyncCall, plan: SendingPlan): Encoded {
  const isDelete = call.operation === "delete";
  const endpoint = isDelete ? plan.delete : plan.upsert;
  const { method, path, writer } = endpoint;
  const [item] = call.items;
  if (item === undefined) return { unsendable: [] };
  // Deletes that go one by one (`deleteBatch: 1`) may name their key in the path, though upserts go as lists.
  const asList = call.batched && !(isDelete && path.fields.length > 0);
  if (call.items.length > 1 && path.fields.length > 0)
    return { misfit: `the path's field {${path.fields[0]}} has no single value in a call of many items` };
  const expanded = path.expand(item);
  if ("fault" in expanded) return unsendable(0, "http.path", expanded.fault);
  const written = writer.write(call, asList);
  if ("faults" in written) return bodyFaults(written.faults);
  const { body } = written;
  const contentType = writer.contentType(asList);
  const told = synclineHeaders(call.batched === asList ? call : { ...call, batched: asList });
  const filled = fillHeaders(endpoint.headers, call, asList ? undefined : item);
  if (filled instanceof Fault)
    return asList ? { misfit: filled.message } : unsendable(0, "http.header", filled.message);
  const headers = endpoint.headers.filled.length === 0 ? told : { ...filled, ...told };
  if (asList) return { message: { method, path: expanded.path, body, contentType, headers, namesKey: false } };
  if (item.version !== undefined && !isHeaderValue(item.version)) {
    return unsendable(0, "http.header", "the version has characters that no header can carry");
  }
  const namesKey = isDelete && Object.keys(item.key).every((field) => path.fields.includes(field));
  return { message: { method, path: expanded.path, body, contentType, headers, namesKey } };
}

function bodyFaults(faults: readonly BodyFault[]): Encoded {
  const [whole] = faults;
  if (whole !== undefined && whole.index === undefined) return { misfit: whole.message };
  return { unsendable: faults.flatMap(({ index = 0, message }) => unsendable(index, "http.body", message).unsendable) };
}

function unsendable(index: number, code: string, message: string): { readonly unsendable: readonly ItemFailure[] } {
  return { unsendable: [{ index, failure: failure("rejected", code, message, "no") }] };
}

/** Asks for what the downstream has of an item. */
export function readingOf({ reading }: Endpoint, item: SyncItem): Message | Failure {
  const expanded = reading.expand(item);
  if ("fault" in expanded) return failure("misconfigured", "http.path", expanded.fault, "no");
  return { method: "GET", path: expanded.path, body: undefined, contentType: "", headers: {}, namesKey: false };
}
