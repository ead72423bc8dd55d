import type { WireValue } from "@syncline/core/spi";
import protobuf from "protobufjs";
import protojson from "protobufjs/ext/protojson.js";
import { fieldNamed, misfitOf } from "./misfits.ts";
import type { EncodedItem, Fixed, RpcMethod } from "./rpc-method.ts";

/** A method as descriptors tell of it. Documents become messages as ProtoJSON has it: strictly, and by field name. */
export function dynamicMethod(path: string, method: protobuf.Method): RpcMethod {
  method.resolve();
  const { resolvedRequestType: request, resolvedResponseType: response } = method;
  if (request === null || response === null) throw new TypeError(`the types of ${path} are not in the schema`);
  return {
    path,
    requestStream: method.requestStream === true,
    responseStream: method.responseStream === true,
    checkFixed: (fixed) => {
      const misfit = misfitOf(request, fixed);
      return misfit === undefined ? undefined : `${misfit.field} ${misfit.reason}`;
    },
    checkList: (field) => (elementType(request, field) === undefined ? noList(request, field) : undefined),
    checkItemField: (field, list) => {
      const type = list === undefined ? request : elementType(request, list);
      return type === undefined || fieldNamed(type, field) !== undefined ? undefined : noField(type, field);
    },
    hasField: (place) => isPlaceIn(request, place.replace(/\[\d{1,9}\]/g, "").split(".")),
    encodeItem: (document, list, columnsAt) =>
      encodeItem(list === undefined ? request : elementType(request, list), document, columnsAt),
    request: (message, fixed) => encode(request, { ...(message as object), ...constants(request, fixed) }),
    listRequest: (field, messages, fixed) => {
      const { name } = fieldNamed(request, field) ?? { name: field };
      return encode(request, { ...constants(request, fixed), [name]: messages });
    },
    decode: (bytes) => response.toObject(response.decode(bytes), asRead),
  };
}

// Not ProtoJSON, which leaves out what is 0 or empty: a rule looks for the index 0, too.
const asRead = { defaults: true, longs: String, enums: String, bytes: String };

function encodeItem(type: protobuf.Type | undefined, document: WireValue, columnsAt?: string): EncodedItem {
  if (type === undefined) return { misfit: { field: "the list", reason: "is no repeated field of messages" } };
  const misfit = misfitOf(type, document, columnsAt);
  return misfit === undefined ? { message: protojson.fromJson(type, document) } : { misfit };
}

function elementType(request: protobuf.Type, name: string): protobuf.Type | undefined {
  const field = fieldNamed(request, name);
  if (field === undefined || !field.repeated || field.map) return undefined;
  return field.resolvedType instanceof protobuf.Type ? field.resolvedType : undefined;
}

function isPlaceIn(type: protobuf.Type, [name = "", ...rest]: readonly string[]): boolean {
  const field = fieldNamed(type, name);
  if (field === undefined || rest.length === 0) return field !== undefined;
  return (
    !field.map &&
    field.resolve().resolvedType instanceof protobuf.Type &&
    isPlaceIn(field.resolvedType as protobuf.Type, rest)
  );
}

function noList(request: protobuf.Type, name: string): string {
  const lists = request.fieldsArray.filter((field) => elementType(request, field.name) !== undefined);
  const known = lists.map((field) => field.name).join(", ") || "none";
  return `${name} is no repeated field of messages of ${request.name}; there are: ${known}`;
}

function noField(type: protobuf.Type, name: string): string {
  const known = type.fieldsArray.map((field) => field.name).join(", ") || "none";
  return `${name} is no field of ${type.name}; there are: ${known}`;
}

function constants(type: protobuf.Type, fixed: Fixed): object {
  return Object.keys(fixed).length === 0 ? {} : { ...protojson.fromJson(type, fixed) };
}

function encode(type: protobuf.Type, message: object): Uint8Array {
  return type.encode(message).finish();
}
