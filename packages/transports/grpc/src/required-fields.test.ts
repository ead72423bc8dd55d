import descriptor from "protobufjs/ext/descriptor.js";
import { afterAll, describe, expect, it } from "vitest";
import { Folder, problemsOf, send, unsendableOf } from "./testing/proto-sender.ts";

const folder = new Folder();
afterAll(() => folder.close());

const proto2 = `syntax = "proto2";
package two;
import "google/protobuf/any.proto";
service S {
  rpc Put(P) returns (P);
  rpc Many(L) returns (P);
  rpc Mark(H) returns (P);
  rpc Stream(stream P) returns (P);
  rpc Wrap(W) returns (P);
}
message P {
  required string id = 1;
  required int32 n = 2;
  optional Inner inner = 3;
  repeated Inner list = 4;
  map<string, Inner> named = 5;
  optional google.protobuf.Any any = 6;
}
message Inner { required string x = 1; optional string y = 2; }
message H { required string tenant = 1; required Inner head = 2; }
message L { repeated P items = 1; required string tenant = 2; optional Inner head = 3; }
message W { optional P body = 1; required string stamp = 2; }
`;
const schema = { proto: folder.write("two.proto", proto2) };
const whole = { id: "a", n: 1 };

describe("a message without a required field is unsendable, with the place:", () => {
  it.each<[string, object, string]>([
    ["NULL", { id: "a", n: null }, "n is required by P, and NULL or not there"],
    ["a column that is not there", { n: 1 }, "id is required by P"],
    ["of a message in it", { ...whole, inner: { y: "secret" } }, "inner.x is required by Inner"],
    ["of an empty message in it", { ...whole, inner: {} }, "inner.x is required by Inner"],
    ["of an element of a list", { ...whole, list: [{ x: "1" }, { x: null }] }, "list.1.x is required by Inner"],
    ["of an entry of a map, whose key is content", { ...whole, named: { secret: {} } }, "named.0.x is required"],
    ["of what an Any holds", { ...whole, any: { "@type": "t/two.Inner", y: "secret" } }, "any.x is required by Inner"],
  ])("%s", async (_, document, words) => {
    const [found] = unsendableOf(await send(schema, "two.S/Put", [document as never]));
    expect(found).toContain(words);
    expect(found).not.toContain("secret");
  });

  it("of each item of a batch", async () => {
    const options = { list: "items", fixed: { tenant: "acme" } };
    const found = await send(schema, "two.S/Many", [whole, { id: "b" }, whole, { n: 2 }], { options });
    expect(found.outcome).toMatchObject({ status: "unsendable", failures: [{ index: 1 }, { index: 3 }] });
    expect(found.requests).toEqual([]);
  });

  it("of each item of a stream", async () => {
    expect(unsendableOf(await send(schema, "two.S/Stream", [whole, { n: 2 }]))).toEqual([
      "id is required by P, and NULL or not there",
    ]);
  });

  it("of a schema in editions that says LEGACY_REQUIRED, as a file and as a descriptor set", async () => {
    const proto = folder.write(
      "editions.proto",
      `edition = "2023"; package ed;
      service S { rpc Put(P) returns (P); }
      message P { string id = 1 [features.field_presence = LEGACY_REQUIRED]; string other = 2; }`,
    );
    const field = { name: "id", number: 1, label: 1, type: 9, options: { features: { fieldPresence: 3 } } };
    const method = [{ name: "Put", inputType: ".ed.P", outputType: ".ed.P" }];
    const file = { name: "ed.proto", package: "ed", syntax: "editions", edition: 1000 };
    const described = { ...file, messageType: [{ name: "P", field: [field] }], service: [{ name: "S", method }] };
    const descriptorSet = descriptor.FileDescriptorSet.encode({ file: [described] } as never).finish();
    for (const source of [{ proto }, { descriptorSet }])
      expect(unsendableOf(await send(source, "ed.S/Put", [{ id: null }]))).toEqual([
        "id is required by P, and NULL or not there",
      ]);
  });
});

describe("a required field is there", () => {
  it("if its value is 0 or empty", async () => {
    const { outcome, requests } = await send(schema, "two.S/Put", [{ id: "", n: 0 }]);
    expect(outcome).toEqual({ status: "accepted" });
    expect(requests).toEqual(["0a001000"]);
  });

  it("if it is a constant of the strategy", async () => {
    const { outcome, requests } = await send(schema, "two.S/Put", [{ id: "a" }], { options: { fixed: { n: 1 } } });
    expect(outcome).toEqual({ status: "accepted" });
    expect(requests).toEqual(["0a01611001"]);
  });
});

describe("what nothing can ever fill stops the start:", () => {
  it.each<[string, object, string, string]>([
    [
      "of a batch's request",
      { path: "two.S/Many", batch: 5, options: { list: "items" } },
      "options",
      "L requires: tenant",
    ],
    [
      "beside the document's field",
      { path: "two.S/Wrap", options: { document: "body" } },
      "options",
      "W requires: stamp",
    ],
    [
      "in a constant message",
      { path: "two.S/Many", batch: 5, options: { list: "items", fixed: { tenant: "t", head: { y: "1" } } } },
      "options.fixed",
      "head.x is required by Inner",
    ],
    [
      "of a batch's request for deletes",
      {
        path: "two.S/Stream",
        batch: 5,
        whenAbsent: "delete",
        options: { delete: { path: "two.S/Many", list: "items" } },
      },
      "options.delete",
      "L requires: tenant",
    ],
  ])("%s", async (_, parts, at, words) => {
    const found = await problemsOf(schema, parts);
    expect(found.map((each) => each.at)).toEqual([at]);
    expect(found[0]?.message).toContain(words);
  });

  it("and what something fills does not", async () => {
    const stamp = { deliveryId: "stamp" };
    expect(await problemsOf(schema, { path: "two.S/Wrap", options: { document: "body", stamp } })).toEqual([]);
    expect(await problemsOf(schema, { path: "two.S/Put" })).toEqual([]);
    const options = { list: "items", fixed: { tenant: "acme" } };
    expect(await problemsOf(schema, { path: "two.S/Many", batch: 5, options })).toEqual([]);
  });
});
