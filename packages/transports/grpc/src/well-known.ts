import type { WireValue } from "@syncline/core/spi";
import { exactNumber } from "@syncline/core/transport-kit";
import protobuf from "protobufjs";

const prefix = ".google.protobuf.";
const wrapped = new Map(
  ["Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"].map((name) => [
    `${prefix}${name}Value`,
    name.toLowerCase(),
  ]),
);
const shapes = ["Any", "Duration", "Timestamp", "FieldMask", "Value", "Struct", "ListValue"];
const wellKnown = new Set([...wrapped.keys(), ...shapes.map((name) => `${prefix}${name}`)]);

/** Whether a message has a JSON form of its own, instead of being an object of its fields. */
export function isWellKnown(type: protobuf.Type): boolean {
  return wellKnown.has(type.fullName);
}

/** Whether a field holds messages that are objects of their fields, or an `Any`. */
export function isMessageField({ resolvedType }: protobuf.Field): boolean {
  return (
    resolvedType instanceof protobuf.Type && (!isWellKnown(resolvedType) || resolvedType.fullName === `${prefix}Any`)
  );
}

/** Whether NULL is a value of the field: of all others it leaves them out. */
export function isValueField({ resolvedType }: protobuf.Field): boolean {
  return resolvedType?.fullName === `${prefix}Value` || resolvedType?.fullName === `${prefix}NullValue`;
}

/** The encoder takes texts of numbers for doubles, and would round them in silence. */
export function lossyNumber(field: protobuf.Field, value: WireValue): string | undefined {
  const type = scalarOf(field);
  const lossy = valuesOf(field, value).some((each) => loses(type, each));
  return lossy ? "has more digits than the field's type holds" : undefined;
}

/** The library takes it for 0, which it leaves out. Protocol Buffers do not. */
export function negativeZero(field: protobuf.Field, value: WireValue): unknown {
  if (field.repeated || field.map) return undefined;
  const type = scalarOf(field);
  if (type !== "double" && type !== "float") return undefined;
  const isZero = Object.is(value, -0) || (typeof value === "string" && /^-[0.]*0[0.]*$/.test(value));
  if (!isZero || !Object.is(Number(value), -0)) return undefined;
  return field.resolvedType instanceof protobuf.Type ? { value: -0 } : -0;
}

function valuesOf(field: protobuf.Field, value: WireValue): readonly WireValue[] {
  if (field.map) return typeof value === "object" && value !== null ? Object.values(value) : [];
  return field.repeated && Array.isArray(value) ? value : [value];
}

function scalarOf({ resolvedType, type }: protobuf.Field): string {
  return wrapped.get(resolvedType?.fullName ?? "") ?? type;
}

const integers64 = new Set(["int64", "uint64", "sint64", "fixed64", "sfixed64"]);

function loses(type: string, value: WireValue): boolean {
  if (type === "double") return typeof value === "string" && /\d/.test(value) && exactNumber(value) === undefined;
  return integers64.has(type) && typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
}
