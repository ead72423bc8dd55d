import type { ItemFailure, SyncCall, SyncItem } from "@syncline/core/spi";
import { failure } from "@syncline/core/transport-kit";
import { placed } from "./schema/placed.ts";
import { type ElementShape, elementAt } from "./schema/shapes.ts";
import { type Fields, isFields, Pen, type Writable, WrittenElements } from "./schema/write-element.ts";
import type { Route, SoapStrategyOptions } from "./strategy-options.ts";

/** The call's body, or what of it cannot be sent. `problem`: what is wrong beside the items. */
export type Encoded =
  | { readonly body: string }
  | { readonly unsendable: readonly ItemFailure[] }
  | { readonly problem: string };

// Of one item: a person needs the first few to see what is wrong.
const mostNamed = 5;

export function encode(call: SyncCall, route: Route, options: SoapStrategyOptions): Encoded {
  const pen = new Pen({ columnsAt: options.document ?? "" });
  const { request } = route.operation;
  const written: string[] = [];
  const unsendable: ItemFailure[] = [];
  for (const [index, item] of call.items.entries()) {
    const fields = fieldsOf(call, item, route.item, options);
    if (route.list !== undefined) written.push(pen.writeOne(route.item, fields));
    else written.push(pen.writeRoot(request, withFixed(options.fixed ?? {}, fields)));
    const misfits = pen.misfits.splice(0);
    if (misfits.length === 0) continue;
    const words = misfits.slice(0, mostNamed).map(({ field, reason }) => `${field} ${reason}`);
    const more = misfits.length > mostNamed ? `; and ${misfits.length - mostNamed} more` : "";
    unsendable.push({ index, failure: failure("rejected", "soap.message", words.join("; ") + more, "no") });
  }
  if (unsendable.length > 0) return { unsendable };
  if (route.list === undefined) return { body: written[0] ?? "" };
  const body = pen.writeRoot(request, placed(options.fixed ?? {}, route.list, new WrittenElements(written)));
  const [misfit] = pen.misfits;
  return misfit === undefined ? { body } : { problem: `${misfit.field} ${misfit.reason}` };
}

/** The item's elements: the document, or the key of a delete, with the stamps that the strategy asks for. */
function fieldsOf(call: SyncCall, item: SyncItem, shape: ElementShape, options: SoapStrategyOptions): Writable {
  const { stamp, document } = options;
  const stamps: { [name: string]: Writable } = {};
  const values = { ...item, operation: call.operation };
  for (const name of ["deliveryId", "revision", "version", "operation"] as const) {
    const element = stamp?.[name];
    if (element !== undefined && values[name] !== undefined) stamps[element] = values[name];
  }
  if (call.operation === "delete") return { ...item.key, ...stamps };
  if (document !== undefined) return { [document]: documentOf(item, shape, document), ...stamps };
  return isFields(item.body) ? { ...item.body, ...stamps } : item.body;
}

function documentOf(item: SyncItem, shape: ElementShape, document: string): Writable {
  const { type } = elementAt(shape, document) ?? {};
  const isText = type?.kind === "simple" && ["string", "anyType", "anySimpleType"].includes(type.builtIn);
  return isText || document.startsWith("@") ? item.json : item.body;
}

function withFixed(fixed: Fields, fields: Writable): Writable {
  return isFields(fields) ? { ...fixed, ...fields } : fields;
}
