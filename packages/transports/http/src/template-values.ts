import type { WireValue } from "@syncline/core/spi";
import { valueAt } from "@syncline/core/transport-kit";
import { segmentFault } from "./path-readings.ts";
import { Fault, type Slot, type SlottedText, type TemplateSource } from "./template-slots.ts";

const numeric = /^-?(0|[1-9]\d{0,99})(\.\d{1,99})?([eE][+-]?\d{1,3})?$/;
/** Words, dates, addresses of mail: nothing that ends a text or a segment anywhere. */
const plainWord = /^(?!\.+$)[\p{L}\p{M}\p{N}_.~:@+-]{1,1000}$/u;

/** The value as JSON. */
export function jsonOf(slot: Slot, source: TemplateSource): string | Fault {
  const { item, items } = source;
  if (slot.name === "items") return items ?? missing(slot, "has no value in a call of one item");
  if (slot.filter === undefined && slot.name === "document" && slot.path === "" && item !== undefined) return item.json;
  const value = slotValue(slot, source);
  if (value === undefined) return missing(slot, whyMissing(slot, source));
  switch (slot.filter) {
    case undefined:
      return JSON.stringify(value);
    case "json":
      return JSON.stringify(JSON.stringify(value));
    case "number":
      return isPlain(value) && numeric.test(String(value)) ? String(value) : missing(slot, "is no number");
    case "text":
      return isPlain(value) ? JSON.stringify(String(value)) : missing(slot, whyNoWord(value));
    default: {
      const word = wordOf(slot, value);
      return typeof word === "string" ? JSON.stringify(word) : word;
    }
  }
}

/** A longer text with values in it, as JSON. */
export function textOf({ literals, slots }: SlottedText, source: TemplateSource): string | Fault {
  let text = literals[0] ?? "";
  for (const [index, slot] of slots.entries()) {
    const value = slotValue(slot, source);
    const word = value === undefined ? missing(slot, whyMissing(slot, source)) : wordOf(slot, value);
    if (typeof word !== "string") return word;
    text += word + (literals[index + 1] ?? "");
  }
  return JSON.stringify(text);
}

function wordOf(slot: Slot, value: WireValue): string | Fault {
  if (!isPlain(value)) return missing(slot, whyNoWord(value));
  const text = String(value);
  if (slot.filter === undefined)
    return plainWord.test(text) ? text : missing(slot, "holds what may not stand inside of a text");
  if (!text.isWellFormed()) return missing(slot, "is not well-formed Unicode");
  const encoded = encodeURIComponent(slot.filter === "odata" ? text.replaceAll("'", "''") : text).replaceAll(
    "'",
    "%27",
  );
  const fault = encoded === "" ? "is empty" : segmentFault(encoded, false);
  return fault === undefined ? encoded : missing(slot, fault);
}

function isPlain(value: WireValue): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

export function slotValue({ name, path }: Slot, { call, item, position }: TemplateSource): WireValue | undefined {
  switch (name) {
    case "document":
      return item === undefined ? undefined : memberOf(item.body, path);
    case "key":
      return item === undefined ? undefined : memberOf(item.key, path);
    case "deliveryId":
      return item?.deliveryId;
    case "revision":
      return item?.revision;
    case "version":
      return item?.version;
    case "position":
      return item === undefined ? undefined : position;
    case "operation":
      return call.operation;
    case "callId":
      return call.callId;
    default:
      return call.items.length;
  }
}

/** By its whole name first, as in a path: a column's name may have a dot. */
function memberOf(value: WireValue, path: string): WireValue | undefined {
  if (path === "") return value;
  const isNamed = typeof value === "object" && value !== null && Object.hasOwn(value, path);
  return (isNamed ? (value as { readonly [name: string]: WireValue })[path] : valueAt(value, path)) as
    | WireValue
    | undefined;
}

export function whyMissing({ name }: Slot, { item }: TemplateSource): string {
  if (item === undefined) return "has no single value in a call of many items";
  if (name === "version") return "has no value: the strategy names no versionColumn";
  return `is not in the ${name}`;
}

function whyNoWord(value: WireValue): string {
  return value === null ? "is null" : "is an object or a list";
}

function missing(slot: Slot, why: string): Fault {
  return new Fault(`the body's {{${slot.text}}} ${why}`);
}
