import type { WireValue } from "@syncline/core/spi";
import protobuf from "protobufjs";
import { fieldNamed, fieldNames, fileName, requiredFields } from "./fields.ts";
import { readMessage } from "./read-message.ts";
import type { Fixed, RpcMethod } from "./rpc-method.ts";
import { isValueField, isWellKnown } from "./well-known.ts";

/** A method as descriptors tell of it. Documents become messages as ProtoJSON has it: strictly, and by field name. */
export function dynamicMethod(path: string, method: protobuf.Method): RpcMethod {
  method.resolve();
  const { resolvedRequestType: request, resolvedResponseType: response } = method;
  if (request === null || response === null) throw new TypeError(`the types of ${path} are not in the schema`);
  const constants = constantsOf(request);
  return {
    path,
    requestStream: method.requestStream === true,
    responseStream: method.responseStream === true,
    checkFixed: (fixed) => {
      // A part of an Any is nothing that could be looked at.
      if (Object.keys(fixed).length === 0 || request.fullName === ".google.protobuf.Any") return undefined;
      const read = readMessage(request, fixed, { isPart: true });
      return "misfit" in read ? `${read.misfit.field} ${read.misfit.reason}` : undefined;
    },
    checkList: (field) => (elementType(request, field) === undefined ? noList(request, field) : undefined),
    checkItemField: (field, list) => {
      const type = list === undefined ? request : elementType(request, list);
      return type === undefined || isWellKnown(type) || fieldNamed(type, field) !== undefined
        ? undefined
        : noField(type, field);
    },
    checkRequired: ({ list, fixed = {} }, itemFields) => {
      const own = fieldsIn(request, fixed).map(fileName);
      if (list === undefined) return itemFields && unfilled(request, [...itemFields, ...own]);
      const element = elementType(request, list);
      return unfilled(request, [list, ...own]) ?? (element && itemFields && unfilled(element, itemFields));
    },
    hasField: (place) => isPlaceIn(request, place.replace(/\[\d{1,9}\]/g, "").split(".")),
    encodeItem: (document, { list, columnsAt, fixed = {} }) => {
      const type = list === undefined ? request : elementType(request, list);
      if (type === undefined) return { misfit: { field: "the list", reason: "is no repeated field of messages" } };
      if (list !== undefined || Object.keys(fixed).length === 0) return readMessage(type, document, { columnsAt });
      // A Struct has one field: what is constant goes into it.
      if (isWellKnown(type)) return readMessage(type, isFields(document) ? { ...document, ...fixed } : document);
      const read = readMessage(type, document, { columnsAt, added: fieldsIn(type, fixed) });
      return "misfit" in read ? read : { message: Object.assign(read.message as object, constants(fixed)) };
    },
    request: (message) => encode(request, message as object),
    listRequest: (list, messages, fixed) => {
      const { name } = fieldNamed(request, list) ?? { name: list };
      return encode(request, { ...constants(fixed), [name]: messages });
    },
    decode: (bytes) => response.toObject(response.decode(bytes), asRead),
  };
}

// Not ProtoJSON, which leaves out what is 0 or empty: a rule looks for the index 0, too.
const asRead = { defaults: true, longs: String, enums: String, bytes: String };

function elementType(request: protobuf.Type, name: string): protobuf.Type | undefined {
  const field = fieldNamed(request, name);
  if (field === undefined || !field.repeated || field.map) return undefined;
  return field.resolvedType instanceof protobuf.Type ? field.resolvedType : undefined;
}

function isPlaceIn(type: protobuf.Type, [name = "", ...rest]: readonly string[]): boolean {
  const field = fieldNamed(type, name);
  if (field === undefined || rest.length === 0) return field !== undefined;
  return !field.map && field.resolvedType instanceof protobuf.Type && isPlaceIn(field.resolvedType, rest);
}

function unfilled(type: protobuf.Type, names: readonly string[]): string | undefined {
  const filled = new Set(names.map((name) => fieldNamed(type, name)));
  const missing = requiredFields(type).filter((field) => !filled.has(field));
  const list = missing.map(({ name }) => name).join(", ");
  return list === "" ? undefined : `nothing fills what ${type.name} requires: ${list}`;
}

function noList(request: protobuf.Type, name: string): string {
  const lists = request.fieldsArray.filter((field) => elementType(request, field.name) !== undefined);
  const known = lists.map((field) => field.name).join(", ") || "none";
  return `${name} is no repeated field of messages of ${request.name}; there are: ${known}`;
}

function noField(type: protobuf.Type, name: string): string {
  return `${name} is no field of ${type.name}; there are: ${fieldNames(type)}`;
}

function isFields(value: WireValue): value is { readonly [name: string]: WireValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Constant fields and nothing beside them: a message has empty lists as well. They are read once: a strategy's options
 * are the same object at each of its calls.
 */
function constantsOf(request: protobuf.Type): (fixed: Fixed) => object {
  const known = new WeakMap<Fixed, object>();
  return (fixed) => {
    const kept = known.get(fixed);
    if (kept !== undefined) return kept;
    const read = readMessage(request, fixed, { isPart: true });
    if ("misfit" in read) throw new TypeError(`constant fields do not fit: ${read.misfit.field} ${read.misfit.reason}`);
    const message = read.message as { readonly [field: string]: unknown };
    const made = Object.fromEntries(fieldsIn(request, fixed).map(({ name }) => [name, message[name]]));
    known.set(fixed, made);
    return made;
  };
}

function fieldsIn(type: protobuf.Type, fields: Fixed): readonly protobuf.Field[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    const field = fieldNamed(type, name);
    return field === undefined || (value === null && !isValueField(field)) ? [] : [field];
  });
}

function encode(type: protobuf.Type, message: object): Uint8Array {
  return type.encode(message).finish();
}
