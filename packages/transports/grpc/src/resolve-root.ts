import protobuf from "protobufjs";
import { nameExactly } from "./exact-names.ts";
import type { Steps } from "./portions.ts";

/**
 * Finds what each reference stands for. The library does it in one turn, and does the rest once each type has been
 * resolved by itself: types of a file stand for themselves, with the file's own features.
 */
export function* resolved(root: protobuf.Root): Steps<protobuf.Root> {
  for (const object of objectsIn(root)) {
    nameExactly(object);
    yield;
  }
  for (const object of objectsIn(root)) {
    const isFiles = object instanceof protobuf.Type || object instanceof protobuf.Service;
    if (!isFiles || object.parent instanceof protobuf.Type) continue;
    object.resolveAll();
    for (const type of [object, ...objectsIn(object)]) if (type instanceof protobuf.Type) dropSharedNames(type);
    yield;
  }
  return root.resolveAll() as protobuf.Root;
}

/**
 * Two fields may have one JSON name (`order_id` and `orderId`: `protoc` only warns in proto2). The library then takes no
 * document of the type at all; here they are known by their names in the file alone.
 */
function dropSharedNames(type: protobuf.Type): void {
  const fields = type.fieldsArray.filter((field) => !field.declaringField);
  const count = new Map<string, number>();
  for (const { name, jsonName = name } of fields)
    for (const each of new Set([name, jsonName])) count.set(each, (count.get(each) ?? 0) + 1);
  for (const field of fields)
    if ((count.get(field.jsonName ?? field.name) ?? 0) > 1) Object.assign(field, { jsonName: field.name });
}

function* objectsIn(namespace: protobuf.NamespaceBase): Generator<protobuf.ReflectionObject> {
  for (const object of namespace.nestedArray) {
    yield object;
    if (object instanceof protobuf.Namespace) yield* objectsIn(object);
  }
}
