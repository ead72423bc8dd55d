import type { MethodDefinition } from "@grpc/grpc-js";
import type { EncodedItem, RpcMethod } from "./rpc-method.ts";

/** A method of generated code. What fits a message is the judgement of its serializer, which may be lenient. */
export function typedMethod(definition: MethodDefinition<unknown, unknown>): RpcMethod {
  const serialize = (value: unknown) => new Uint8Array(definition.requestSerialize(value));
  return {
    path: definition.path,
    requestStream: definition.requestStream,
    responseStream: definition.responseStream,
    checkFixed: () => undefined,
    checkList: () => undefined,
    checkItemField: () => undefined,
    checkRequired: () => undefined,
    hasField: () => false,
    encodeItem: (document, { list, fixed }): EncodedItem => {
      try {
        if (list !== undefined) {
          serialize({ [list]: [document] });
          return { message: document };
        }
        const message = { ...(document as object), ...fixed };
        serialize(message);
        return { message };
      } catch {
        return { misfit: { field: "the document", reason: "is refused by the generated code's serializer" } };
      }
    },
    request: serialize,
    listRequest: (field, messages, fixed) => serialize({ ...fixed, [field]: messages }),
    decode: (bytes) => definition.responseDeserialize(Buffer.from(bytes)),
  };
}
