import type { WireValue } from "@syncline/core/spi";
import { exactNumber } from "@syncline/core/transport-kit";
import protobuf from "protobufjs";
import protojson from "protobufjs/ext/protojson.js";
import type { Misfit } from "./rpc-method.ts";

type Fields = { readonly [name: string]: WireValue };

/**
 * The first thing of a document that does not fit the type, by its place in the document. The encoder's own words name the
 * type and the value: neither is for a person, and the value may be anybody's data.
 *
 * @param columnsAt the field that holds the strategy's columns, if not the document itself.
 */
export function misfitOf(type: protobuf.Type, document: WireValue, columnsAt = "", at = ""): Misfit | undefined {
  if (!isFields(document)) return { field: at || "the document", reason: "is no object, and the message has fields" };
  for (const [name, value] of Object.entries(document)) {
    const found = fieldMisfit(type, name, value, columnsAt, at);
    if (found !== undefined) return found;
  }
  const whole = refusal(type, document);
  return whole === undefined ? undefined : { field: at || "the document", reason: whole };
}

function fieldMisfit(
  type: protobuf.Type,
  name: string,
  value: WireValue,
  columnsAt: string,
  at: string,
): Misfit | undefined {
  const field = fieldNamed(type, name);
  // Columns have names that the strategy gave. Members of what a column holds are content, names included.
  const place = at === "" ? name : `${at}.${name}`;
  if (field === undefined) {
    const isColumn = at === "" || at.replace(/\.\d+$/, "") === columnsAt;
    if (isColumn) return { field: place, reason: `is no field of ${type.name}` };
    return { field: at, reason: `has a member that is no field of ${type.name}` };
  }
  const lossy = lossyNumber(field, value);
  if (lossy !== undefined) return { field: place, reason: lossy };
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Type && !isWellKnown(resolvedType) && value !== null && !field.map) {
    const elements = field.repeated && Array.isArray(value) ? value : [value];
    for (const [index, element] of elements.entries()) {
      const found = misfitOf(resolvedType, element, columnsAt, field.repeated ? `${place}.${index}` : place);
      if (found !== undefined) return found;
    }
  }
  const reason = refusal(type, { [name]: value });
  return reason === undefined ? undefined : { field: place, reason };
}

/** By the name in the file, or by ProtoJSON's lowerCamelCase. */
export function fieldNamed(type: protobuf.Type, name: string): protobuf.Field | undefined {
  if (Object.hasOwn(type.fields, name)) return type.fields[name];
  return type.fieldsArray.find((field) => jsonName(field) === name);
}

function jsonName(field: protobuf.Field): string {
  const declared = field.options?.json_name;
  return typeof declared === "string"
    ? declared
    : field.name.replace(/_+(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The encoder takes texts of numbers for doubles, and would round them in silence. */
function lossyNumber(field: protobuf.Field, value: WireValue): string | undefined {
  if (field.map) return undefined;
  const values = field.repeated && Array.isArray(value) ? value : [value];
  const lossy = values.some((each) => loses(typeOf(field), each));
  return lossy ? "has more digits than the field's type holds" : undefined;
}

function typeOf(field: protobuf.Field): string {
  const { resolvedType } = field;
  const wrapped = /^\.google\.protobuf\.(Double|Int64|UInt64)Value$/.exec(resolvedType?.fullName ?? "");
  return wrapped === null ? field.type : (wrapped[1] ?? "").toLowerCase();
}

const integers64 = new Set(["int64", "uint64", "sint64", "fixed64", "sfixed64"]);

function loses(type: string, value: WireValue): boolean {
  if (type === "double") return typeof value === "string" && /\d/.test(value) && exactNumber(value) === undefined;
  return integers64.has(type) && typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
}

function isWellKnown(type: protobuf.Type): boolean {
  return type.fullName.startsWith(".google.protobuf.");
}

function isFields(value: WireValue): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Why the encoder refuses it: of `Order.total: integer expected: "x"` what stands between the
 * field's name and the value.
 */
function refusal(type: protobuf.Type, document: Fields): string | undefined {
  try {
    protojson.fromJson(type, document);
    return undefined;
  } catch (error) {
    const words = error instanceof Error ? error.message : "";
    const reason = /^(?:[\w.]+: )?([a-z][a-z0-9 -]*)(?::|$)/.exec(words)?.[1];
    return reason === undefined ? "does not fit" : `does not fit: ${reason}`;
  }
}
