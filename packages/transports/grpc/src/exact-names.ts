import protobuf from "protobufjs";

/** The object of exactly this full name. The library's `lookup` also finds what merely ends so. */
function exactly(root: protobuf.NamespaceBase, name: string): protobuf.ReflectionObject | undefined {
  let found: protobuf.ReflectionObject = root;
  for (const part of name.split(".")) {
    const nested: { readonly [name: string]: protobuf.ReflectionObject } | undefined =
      found instanceof protobuf.Namespace ? found.nested : undefined;
    if (nested === undefined || !Object.hasOwn(nested, part)) return undefined;
    found = nested[part] as protobuf.ReflectionObject;
  }
  return found;
}

export function exactService(root: protobuf.Root, name: string): protobuf.Service | undefined {
  const found = exactly(root, name);
  return found instanceof protobuf.Service ? found : undefined;
}

export function exactType(root: protobuf.Root, name: string): protobuf.Type | undefined {
  const found = exactly(root, name);
  return found instanceof protobuf.Type ? found : undefined;
}

/**
 * Writes into each reference below `object` the full name of what `protoc` finds there: the innermost scope in which
 * the name's first part is a package or a type decides. The library looks into nested types first, and takes what
 * merely ends so. Throws if there is nothing.
 */
export function nameExactly(object: protobuf.ReflectionObject): void {
  if (object instanceof protobuf.Type) {
    for (const field of object.fieldsArray) if (!field.declaringField) nameField(field, object);
  }
  if (object instanceof protobuf.Field) nameField(object, object.parent);
  if (object instanceof protobuf.Service) {
    for (const method of object.methodsArray) {
      method.requestType = fullName(method.requestType, object, method);
      method.responseType = fullName(method.responseType, object, method);
    }
  }
}

const scalars = new Set(
  "double float int32 uint32 sint32 fixed32 sfixed32 int64 uint64 sint64 fixed64 sfixed64 bool string bytes".split(" "),
);

function nameField(field: protobuf.Field, scope: protobuf.NamespaceBase | null): void {
  if (!scalars.has(field.type)) field.type = fullName(field.type, scope, field);
  const { extend, extensionField: sister } = field;
  if (extend === undefined || !sister) return;
  sister.type = field.type;
  const extended = exactly(field.root, fullName(extend, scope, field).slice(1)) as protobuf.Type;
  if (sister.parent === extended) return;
  sister.parent?.remove(sister);
  extended.add(sister);
}

function fullName(name: string, scope: protobuf.NamespaceBase | null, of: protobuf.ReflectionObject): string {
  const found = name.startsWith(".") ? exactly(of.root, name.slice(1)) : fromWithin(name, scope);
  if (found instanceof protobuf.Type || found instanceof protobuf.Enum) return found.fullName;
  throw new Error(`${of.fullName.slice(1)} is of the type ${name}, which is not there`);
}

function fromWithin(name: string, scope: protobuf.NamespaceBase | null): protobuf.ReflectionObject | undefined {
  const [first = ""] = name.split(".");
  for (let within = scope; within !== null; within = within.parent) {
    const found = exactly(within, first);
    if (found === undefined) continue;
    if (first !== name) return exactly(within, name);
    if (found instanceof protobuf.Type || found instanceof protobuf.Enum) return found;
  }
  return undefined;
}
