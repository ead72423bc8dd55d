import type { WireValue } from "@syncline/core/spi";
import protobuf from "protobufjs";
import protojson from "protobufjs/ext/protojson.js";
import { exactType } from "./exact-names.ts";
import { fieldNamed, fileName, requiredFields } from "./fields.ts";
import type { EncodedItem, Misfit } from "./rpc-method.ts";
import { isMessageField, isValueField, isWellKnown, lossyNumber, negativeZero } from "./well-known.ts";

type Members = { readonly [name: string]: WireValue };

export interface Reading {
  /** The field that holds the strategy's columns, if not the document itself. */
  readonly columnsAt?: string | undefined;
  /** What is added to the message afterwards: it goes before the document's. */
  readonly added?: readonly protobuf.Field[];
  /** Required fields may be missing of the message itself, though not of those in it. */
  readonly isPart?: boolean;
}

/**
 * A document as a message, or the first thing of it that does not fit, by its place in the document. The library's own
 * words name the type and the value: neither is for a person, and the value may be anybody's data.
 */
export function readMessage(type: protobuf.Type, document: WireValue, reading: Reading = {}): EncodedItem {
  try {
    return { message: new Reader(reading).message(type, document, "", 0) };
  } catch (error) {
    if (error instanceof MisfitError) return { misfit: error.misfit };
    throw error;
  }
}

class MisfitError extends Error {
  readonly misfit: Misfit;

  constructor(place: string, reason: string) {
    super("does not fit");
    this.misfit = { field: place === "" ? "the document" : place, reason };
  }
}

/** Reads each value once: the scalars of a message by one call of the library, the messages in it here. */
class Reader {
  readonly #columnsAt: string;
  readonly #added: readonly protobuf.Field[];
  readonly #isPart: boolean;

  constructor({ columnsAt = "", added = [], isPart = false }: Reading) {
    this.#columnsAt = columnsAt;
    this.#added = added;
    this.#isPart = isPart;
  }

  message(type: protobuf.Type, value: WireValue, at: string, depth: number): object {
    if (depth > protobuf.util.recursionLimit) throw new MisfitError(at, "is nested too deeply");
    if (type.fullName === ".google.protobuf.Any") return this.#any(type, value, at, depth);
    if (isWellKnown(type)) return converted(type, value, at);
    if (!isMembers(value)) throw new MisfitError(at, "is no object, and the message has fields");
    const seen = new Set<protobuf.Field>();
    const leaves: { [name: string]: WireValue } = Object.create(null);
    const built: { [field: string]: unknown } = {};
    for (const [name, member] of Object.entries(value)) {
      const field = fieldNamed(type, name);
      if (field === undefined) throw this.#unknown(type, name, at);
      if (member === null && !isValueField(field)) continue;
      const place = placeOf(at, name);
      if (seen.has(field)) throw new MisfitError(place, "is given twice, by two of its names");
      seen.add(field);
      if (isMessageField(field)) built[field.name] = this.#messages(field, member, place, depth + 1);
      else {
        const lossy = lossyNumber(field, member);
        if (lossy !== undefined) throw new MisfitError(place, lossy);
        const zero = negativeZero(field, member);
        if (zero === undefined) leaves[fileName(field)] = member;
        else built[field.name] = zero;
      }
    }
    this.#checkWhole(type, seen, at, depth);
    return Object.assign(leavesOf(type, leaves, at), built);
  }

  /** A message, a list of them, or a map to them. */
  #messages(field: protobuf.Field, value: WireValue, place: string, depth: number): unknown {
    const type = field.resolvedType as protobuf.Type;
    if (field.map) {
      if (!isMembers(value)) throw new MisfitError(place, "is no object, and the field is a map");
      const map: { [key: string]: unknown } = Object.create(null);
      for (const [index, [key, each]] of Object.entries(value).entries()) {
        const read = mapKey(field, key, place);
        if (Object.hasOwn(map, read)) throw new MisfitError(place, "does not fit: duplicate map key");
        // By its position: a key is content.
        map[read] = this.message(type, each, `${place}.${index}`, depth);
      }
      return map;
    }
    if (!field.repeated) return this.message(type, value, place, depth);
    if (!Array.isArray(value)) throw new MisfitError(place, "does not fit: expected array");
    return value.map((each, index) => this.message(type, each, `${place}.${index}`, depth));
  }

  /** What no member shows by itself: required fields, and two of one oneof. */
  #checkWhole(type: protobuf.Type, seen: ReadonlySet<protobuf.Field>, at: string, depth: number): void {
    const added = depth === 0 ? this.#added : [];
    const chosen = new Map(added.map((field) => [field.partOf, field]));
    for (const field of seen) {
      const { partOf } = field;
      if (!partOf) continue;
      if ((chosen.get(partOf) ?? field) !== field)
        throw new MisfitError(at, `does not fit: multiple values for oneof ${partOf.name}`);
      chosen.set(partOf, field);
    }
    if (depth === 0 && this.#isPart) return;
    for (const field of requiredFields(type))
      if (!seen.has(field) && !added.includes(field))
        throw new MisfitError(placeOf(at, field.name), `is required by ${type.name}, and NULL or not there`);
  }

  #unknown(type: protobuf.Type, name: string, at: string): MisfitError {
    // Columns have names that the strategy gave. Members of what a column holds are content, names included.
    const isColumn = at === "" || at.replace(/\.\d+$/, "") === this.#columnsAt;
    if (isColumn) return new MisfitError(placeOf(at, name), `is no field of ${type.name}`);
    return new MisfitError(at, `has a member that is no field of ${type.name}`);
  }

  /** The library finds the type loosely, and makes an empty message of members without a type. */
  #any(type: protobuf.Type, value: WireValue, at: string, depth: number): object {
    if (!isMembers(value)) throw new MisfitError(at, "is no object, and the message is an Any");
    const { "@type": url, ...members } = value;
    if (typeof url !== "string") throw new MisfitError(at, "has no @type, and an Any says of which type it is");
    const inner = /^[^\s/][^\s]*\/[\w.]+$/.test(url)
      ? exactType(type.root, url.slice(url.lastIndexOf("/") + 1))
      : undefined;
    if (inner === undefined)
      throw new MisfitError(placeOf(at, "@type"), "is no type.googleapis.com/package.Message of the schema");
    const names = Object.keys(members);
    if (isWellKnown(inner) && (names.length !== 1 || names[0] !== "value"))
      throw new MisfitError(at, `has not just @type and value, as ${inner.name} has`);
    const content = isWellKnown(inner) ? (members.value ?? null) : members;
    const place = isWellKnown(inner) ? placeOf(at, "value") : at;
    const bytes = inner.encode(this.message(inner, content, place, depth + 1)).finish();
    const [urlField, bytesField] = [type.fieldsById[1], type.fieldsById[2]];
    return type.create({ [urlField?.name ?? "type_url"]: url, [bytesField?.name ?? "value"]: bytes });
  }
}

/** Scalars, enums, and well-known types; if they do not fit, which. */
function leavesOf(type: protobuf.Type, leaves: Members, at: string): object {
  const whole = refusal(type, leaves);
  if (typeof whole === "object") return whole;
  for (const [name, value] of Object.entries(leaves)) {
    const reason = refusal(type, { [name]: value });
    if (typeof reason === "object") continue;
    const position =
      fieldNamed(type, name)?.repeated && Array.isArray(value)
        ? value.findIndex((each) => typeof refusal(type, { [name]: [each] }) === "string")
        : -1;
    throw new MisfitError(position === -1 ? placeOf(at, name) : placeOf(at, `${name}.${position}`), reason);
  }
  throw new MisfitError(at, whole);
}

function converted(type: protobuf.Type, value: WireValue, at: string): object {
  const message = refusal(type, value);
  if (typeof message === "string") throw new MisfitError(at, message);
  return message;
}

function mapKey(field: protobuf.Field, key: string, place: string): string {
  const { parent } = field;
  const read = refusal(parent as protobuf.Type, { [field.name]: { [key]: {} } });
  if (typeof read === "string") throw new MisfitError(place, read);
  return Object.keys((read as { readonly [name: string]: object })[field.name] ?? {})[0] ?? key;
}

/**
 * The message, or why the library refuses it: of `Order.total: integer expected: "x"` what stands between the field's
 * name and the value.
 */
function refusal(type: protobuf.Type, document: WireValue): object | string {
  try {
    return protojson.fromJson(type, document);
  } catch (error) {
    const words = error instanceof Error ? error.message : "";
    const reason = /^(?:[\w.]+: )?([a-z][a-z0-9 -]*)(?::|$)/.exec(words)?.[1];
    return reason === undefined ? "does not fit" : `does not fit: ${reason}`;
  }
}

function placeOf(at: string, name: string): string {
  return at === "" ? name : `${at}.${name}`;
}

function isMembers(value: WireValue): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
