import type protobuf from "protobufjs";

/** What of a message's fields is asked for at each document. */
interface Fields {
  /** By the names that ProtoJSON knows them by. */
  readonly named: ReadonlyMap<string, protobuf.Field>;
  readonly required: readonly protobuf.Field[];
}

const known = new WeakMap<protobuf.Type, Fields>();

/**
 * By the name in the file, or by its JSON name: lowerCamelCase, or what the file says. An extension
 * by its full name in brackets: `[acme.v1.priority]`.
 */
export function fieldNamed(type: protobuf.Type, name: string): protobuf.Field | undefined {
  return fieldsOf(type).named.get(name);
}

/** Fields without which no message of the type is one (proto2, and `LEGACY_REQUIRED` of editions). */
export function requiredFields(type: protobuf.Type): readonly protobuf.Field[] {
  return fieldsOf(type).required;
}

export function fieldNames(type: protobuf.Type): string {
  return type.fieldsArray.map(fileName).join(", ") || "none";
}

/** As in the file. */
export function fileName(field: protobuf.Field): string {
  const { declaringField } = field;
  return declaringField ? `[${declaringField.fullName.replace(/^\./, "")}]` : field.name;
}

function fieldsOf(type: protobuf.Type): Fields {
  const kept = known.get(type);
  if (kept !== undefined) return kept;
  const fields = type.fieldsArray.map((field) => field.resolve());
  const named = new Map<string, protobuf.Field>();
  // A name in the file goes before another field's JSON name.
  for (const field of fields) named.set(fileName(field), field);
  for (const field of fields) for (const name of aliases(field)) if (!named.has(name)) named.set(name, field);
  const made = { named, required: fields.filter((field) => field.required) };
  known.set(type, made);
  return made;
}

/** `protoc` writes the field of `group Item` in lower case, `protobufjs` reads it as `item`, and `MyItem` as `myItem`. */
function aliases(field: protobuf.Field): readonly string[] {
  if (field.declaringField) return [];
  const { jsonName, delimited } = field;
  return [...(jsonName === undefined ? [] : [jsonName]), ...(delimited ? [field.name.toLowerCase()] : [])];
}
