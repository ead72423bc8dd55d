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
    if (!(object instanceof protobuf.Type) || object.parent instanceof protobuf.Type) continue;
    object.resolveAll();
    yield;
  }
  return root.resolveAll() as protobuf.Root;
}

function* objectsIn(namespace: protobuf.NamespaceBase): Generator<protobuf.ReflectionObject> {
  for (const object of namespace.nestedArray) {
    yield object;
    if (object instanceof protobuf.Namespace) yield* objectsIn(object);
  }
}
