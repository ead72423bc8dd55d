import type { ItemFailure, SyncCall, SyncItem, WireValue } from "@syncline/core/spi";
import { failure } from "@syncline/core/transport-kit";
import { merged } from "./header-values.ts";
import { elementAt } from "./schema/contents.ts";
import { placed } from "./schema/placed.ts";
import { type ElementShape, SchemaError } from "./schema/shapes.ts";
import { type Fields, isFields, type Misfit, Pen, type Writable, WrittenElements } from "./schema/write-element.ts";
import type { Route } from "./sending-plan.ts";
import type { HeaderElement } from "./soap-headers.ts";
import type { SoapStrategyOptions } from "./strategy-options.ts";

/** The call's body, or what of it cannot be sent. `problem`: what is wrong beside the items. */
export type Encoded =
  | { readonly body: string; readonly header: readonly HeaderElement[] }
  | { readonly unsendable: readonly ItemFailure[] }
  | { readonly problem: string };

// Of one item: a person needs the first few to see what is wrong.
const mostNamed = 5;

export function encode(call: SyncCall, route: Route, options: SoapStrategyOptions): Encoded {
  const { request, encoding, isBare, shapes } = route.operation;
  const { hexBinary } = options;
  const pen = new Pen({ columnsAt: options.document ?? "", shapes, encoding, hexBinary });
  const write = (value: Writable) => (isBare ? pen.writeContent(request, value) : pen.writeRoot(request, value));
  const written: string[] = [];
  const unsendable: ItemFailure[] = [];
  const header = route.header.elements(rowOf(call, call.items[0]));
  for (const [index, item] of call.items.entries()) {
    const fields = fieldsOf(call, item, route, options);
    if (route.list !== undefined) written.push(pen.writeOne(route.item, fields));
    else written.push(write(isFields(fields) ? merged(options.fixed ?? {}, fields) : fields));
    const misfits: Misfit[] = pen.misfits.splice(0);
    const ofHeader = index === 0 && header.length > 0 ? header.flatMap((one) => route.header.misfits(one)) : [];
    misfits.push(...ofHeader.map(({ field, reason }) => ({ field: `header.${field}`, reason })));
    if (misfits.length === 0) continue;
    const words = misfits.slice(0, mostNamed).map(({ field, reason }) => `${field} ${reason}`);
    const more = misfits.length > mostNamed ? `; and ${misfits.length - mostNamed} more` : "";
    unsendable.push({ index, failure: failure("rejected", "soap.message", words.join("; ") + more, "no") });
  }
  if (unsendable.length > 0) return { unsendable };
  if (route.list === undefined) return { body: written[0] ?? "", header };
  const body = write(placed(options.fixed ?? {}, route.list, new WrittenElements(written)));
  const [misfit] = pen.misfits;
  return misfit === undefined ? { body, header } : { problem: `${misfit.field} ${misfit.reason}` };
}

function rowOf(call: SyncCall, item: SyncItem | undefined): WireValue | undefined {
  return call.operation === "delete" ? item?.key : item?.body;
}

/** Without the columns that stand in the header. */
function without(row: WireValue | undefined, taken: readonly string[]): WireValue | undefined {
  if (taken.length === 0 || !isFields(row)) return row;
  return Object.fromEntries(Object.entries(row).filter(([name]) => !taken.includes(name))) as WireValue;
}

/** The item's elements: the document, or the key of a delete, with the stamps that the strategy asks for. */
function fieldsOf(call: SyncCall, item: SyncItem, route: Route, options: SoapStrategyOptions): Writable {
  const { stamp, document } = options;
  const row = without(rowOf(call, item), route.taken);
  const stamps: { [name: string]: Writable } = {};
  const values = { ...item, operation: call.operation };
  for (const name of ["deliveryId", "revision", "version", "operation"] as const) {
    const element = stamp?.[name];
    if (element !== undefined && values[name] !== undefined) stamps[element] = values[name];
  }
  if (call.operation === "delete") return { ...keyOf(row as Fields, route.item), ...stamps };
  if (document !== undefined) return { [document]: takesText(route.item, document) ? item.json : row, ...stamps };
  return isFields(row) ? { ...row, ...stamps } : row;
}

/** Of an element that is one value, a key of one field is that value. */
function keyOf(key: Fields, { type }: ElementShape): Fields {
  const [value, ...others] = Object.values(key);
  return type.kind === "simple" && others.length === 0 ? { "#text": value } : key;
}

function takesText(shape: ElementShape, document: string): boolean {
  if (document.startsWith("@")) return true;
  try {
    const type = elementAt(shape, document)?.element.type;
    return type?.kind === "simple" && ["string", "anyType", "anySimpleType"].includes(type.builtIn);
  } catch (error) {
    if (error instanceof SchemaError) return false;
    throw error;
  }
}
