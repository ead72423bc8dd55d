import type { MethodDefinition } from "@grpc/grpc-js";
import type { WireValue } from "@syncline/core/spi";
import type { EncodedItem, RpcMethod } from "./rpc-method.ts";

/** A method of generated code. What fits a message is the judgement of its serializer, which may be lenient. */
export function typedMethod(definition: MethodDefinition<unknown, unknown>): RpcMethod {
  const serialize = (value: unknown) => new Uint8Array(definition.requestSerialize(value));
  const whole = (document: WireValue) => serialize(document);
  return {
    path: definition.path,
    requestStream: definition.requestStream,
    responseStream: definition.responseStream,
    checkFixed: () => undefined,
    checkList: () => undefined,
    checkItemField: () => undefined,
    hasField: () => false,
    encodeItem: (document, list): EncodedItem => {
      try {
        if (list === undefined) whole(document);
        else serialize({ [list]: [document] });
        return { message: document };
      } catch {
        return { misfit: { field: "the document", reason: "is refused by the generated code's serializer" } };
      }
    },
    request: (message, fixed) => serialize({ ...(message as object), ...fixed }),
    listRequest: (field, messages, fixed) => serialize({ ...fixed, [field]: messages }),
    decode: (bytes) => definition.responseDeserialize(Buffer.from(bytes)),
  };
}
