import type protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";
import { expect, it } from "vitest";

import { filesIn, rootOf } from "./descriptor-set.ts";
import { inPortions } from "./portions.ts";
import { dynamicSchema } from "./schema.ts";
import { shopRoot } from "./testing/shop-server.ts";

/** As protoc writes it: Google's own file says `number_value`, where the library's description says `numberValue`. */
function asProtocWrites(): Uint8Array {
  const set = shopRoot().toDescriptor("proto3");
  const { file } = set as unknown as {
    file: { package: string; messageType: { name: string; field: { name: string }[] }[] }[];
  };
  const google = file.filter((each) => each.package === "google.protobuf");
  const value = google.flatMap(({ messageType }) => messageType).find(({ name }) => name === "Value");
  for (const field of value?.field ?? [])
    field.name = field.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  expect(value?.field.map(({ name }) => name)).toContain("number_value");
  return descriptor.FileDescriptorSet.encode(set).finish();
}

it("the values of a Struct are kept by a schema that names Value's fields as Google's file does", async () => {
  const put = dynamicSchema(await inPortions(rootOf(filesIn(asProtocWrites())))).method("shop.v1.Orders/Put");
  if (typeof put === "string") throw new Error(put);
  const document = { extra: { a: [1, null, { b: "x" }], c: true } };
  const encoded = put.encodeItem(document, { list: undefined });
  if ("misfit" in encoded) throw new Error(encoded.misfit.reason);
  const order: protobuf.Type = shopRoot().lookupType("shop.v1.Order");
  const kept = order.decode(put.request(encoded.message)) as unknown as { extra: protobuf.Message };
  expect(Object.keys(JSON.parse(JSON.stringify(kept.extra)).fields)).toEqual(["a", "c"]);
  expect(JSON.stringify(kept.extra)).toContain('"numberValue":1');
  expect(JSON.stringify(kept.extra)).toContain('"boolValue":true');
});
