import type { SyncCall, SyncItem } from "@syncline/core/spi";
import type { HttpStrategyOptions } from "./strategy-options.ts";

/**
 * An item as an event of CloudEvents 1.0, in its JSON form. `id` is the delivery id: the same content keeps it, so receivers may
 * tell duplicates by `source` and `id`, as the specification has it. `subject` is the key: the value of its only field, or all
 * of it as JSON. A delete has no `data`.
 */
export function cloudEvent(call: SyncCall, item: SyncItem, options: HttpStrategyOptions): string {
  const isDelete = call.operation === "delete";
  const type = options.cloudevents?.type ?? call.category;
  const attributes = {
    specversion: "1.0",
    id: item.deliveryId,
    source: options.cloudevents?.source ?? `/syncline/${encodeURIComponent(call.strategy)}`,
    type: `${type}.${isDelete ? "deleted" : "changed"}`,
    subject: subjectOf(item),
    synclinerevision: item.revision,
    synclineversion: item.version,
  };
  const head = JSON.stringify(isDelete ? attributes : { ...attributes, datacontenttype: "application/json" });
  return isDelete ? head : `${head.slice(0, -1)},"data":${item.json}}`;
}

function subjectOf({ key }: SyncItem): string {
  const values = Object.values(key);
  return values.length === 1 ? String(values[0]) : JSON.stringify(key);
}
