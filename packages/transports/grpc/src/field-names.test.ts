import descriptor from "protobufjs/ext/descriptor.js";
import { afterAll, describe, expect, it } from "vitest";
import { Folder, problemsOf, send, unsendableOf } from "./testing/proto-sender.ts";

const folder = new Folder();
afterAll(() => folder.close());

const proto3 = folder.write(
  "names.proto",
  `syntax = "proto3"; package names;
  service S { rpc Put(M) returns (M); }
  message M {
    string order_id = 1 [json_name = "orderNumber"];
    string trailing_ = 2;
    string two__parts_3x = 3;
    string _leading = 4;
    string camelCase = 5;
  }`,
);
/** As protoc writes it: each field has its JSON name. */
function descriptorSet(): Uint8Array {
  const names = { order_id: "orderNumber", trailing_: "trailing", two__parts_3x: "twoParts3x", _leading: "Leading" };
  const field = [...Object.keys(names), "camelCase"].map((name, index) => ({
    name,
    number: index + 1,
    label: 1,
    type: 9,
    jsonName: (names as { [name: string]: string })[name] ?? name,
  }));
  const method = [{ name: "Put", inputType: ".names.M", outputType: ".names.M" }];
  const file = { name: "names.proto", package: "names", syntax: "proto3" };
  const described = { ...file, messageType: [{ name: "M", field }], service: [{ name: "S", method }] };
  return descriptor.FileDescriptorSet.encode({ file: [described] } as never).finish();
}

const sources = [
  ["a file", { proto: proto3 }],
  ["a descriptor set", { descriptorSet: descriptorSet() }],
] as const;

describe.each(sources)("by %s a column is a field", (_, schema) => {
  it.each<[string, string]>([
    ["order_id", "0a0161"],
    ["orderNumber", "0a0161"],
    ["trailing_", "120161"],
    ["trailing", "120161"],
    ["two__parts_3x", "1a0161"],
    ["twoParts3x", "1a0161"],
    ["_leading", "220161"],
    ["Leading", "220161"],
    ["camelCase", "2a0161"],
  ])("by its name in the file, or by its JSON name: %s", async (name, bytes) => {
    const { outcome, requests } = await send(schema, "names.S/Put", [{ [name]: "a" }]);
    expect(outcome).toEqual({ status: "accepted" });
    expect(requests).toEqual([bytes]);
  });

  it.each(["orderId", "order", "camel_case", "__proto__", "constructor", "toString"])("and not by %s", async (name) => {
    const document = JSON.parse(`{"${name}":"a"}`);
    expect(unsendableOf(await send(schema, "names.S/Put", [document]))).toEqual([`${name} is no field of M`]);
  });

  it("but not by both at once", async () => {
    const found = await send(schema, "names.S/Put", [{ order_id: "secret-a", orderNumber: "secret-b" }]);
    expect(unsendableOf(found)).toEqual(["orderNumber is given twice, by two of its names"]);
  });

  it("as a stamp and as a constant", async () => {
    const options = { stamp: { deliveryId: "orderNumber" }, fixed: { trailing: "t" } };
    expect(await problemsOf(schema, { path: "names.S/Put", options })).toEqual([]);
    const { requests } = await send(schema, "names.S/Put", [{}], { options });
    expect(requests[0]).toMatch(/^0a.*120174$/);
  });
});

const two = folder.write(
  "two.proto",
  `syntax = "proto2"; package two;
  service S { rpc Put(P) returns (P); rpc Gr(G) returns (P); }
  message P { optional string id = 1; extensions 100 to 200; extend P { optional int64 nested = 103; } }
  message P2 { optional string x = 1; }
  extend P { optional string ext = 100; optional P2 extm = 101; repeated int32 exts = 102; }
  message G {
    repeated group Item = 1 { required string url = 2; optional string title = 3; }
    optional group MyOpt = 4 { optional int32 a = 5; }
  }`,
);
/** What protoc 3.21 makes of it. */
const twoByProtoc = Buffer.from(
  [
    "Cv8CCgl0d28ucHJvdG8SA3R3byI6CgFQEg4KAmlkGAEgASgJUgJpZCoFCGQQyQEyHgoGbmVzdGVkEgYudHdvLlAYZyABKANSBm5l",
    "c3RlZCISCgJQMhIMCgF4GAEgASgJUgF4Io8BCgFHEh8KBGl0ZW0YASADKAoyCy50d28uRy5JdGVtUgRpdGVtEiIKBW15b3B0GAQg",
    "ASgKMgwudHdvLkcuTXlPcHRSBW15b3B0Gi4KBEl0ZW0SEAoDdXJsGAIgAigJUgN1cmwSFAoFdGl0bGUYAyABKAlSBXRpdGxlGhUK",
    "BU15T3B0EgwKAWEYBSABKAVSAWEyMAoBUxIVCgNQdXQSBi50d28uUBoGLnR3by5QEhQKAkdyEgYudHdvLkcaBi50d28uUDoYCgNl",
    "eHQSBi50d28uUBhkIAEoCVIDZXh0OiMKBGV4dG0SBi50d28uUBhlIAEoCzIHLnR3by5QMlIEZXh0bToaCgRleHRzEgYudHdvLlAY",
    "ZiADKAVSBGV4dHM=",
  ].join(""),
  "base64",
);

describe("an extension", () => {
  const document = {
    id: "a",
    "[two.ext]": "e",
    "[two.extm]": { x: "y" },
    "[two.exts]": [1, 2],
    "[two.P.nested]": "9007199254740993",
  };
  const bytes = "0a0161a2060165aa06030a0179b00601b00602b8068180808080808010";

  it("is a field by its full name in brackets, as ProtoJSON has it", async () => {
    const { outcome, requests } = await send({ proto: two }, "two.S/Put", [document]);
    expect(outcome).toEqual({ status: "accepted" });
    expect(requests).toEqual([bytes]);
  });

  it("by a descriptor set, too", async () => {
    const { requests } = await send({ descriptorSet: twoByProtoc }, "two.S/Put", [document]);
    expect(requests).toEqual([bytes]);
  });

  it.each(["ext", ".two.ext", "two.ext", "[ext]", "[two.none]"])("is none by %s", async (name) => {
    expect(unsendableOf(await send({ proto: two }, "two.S/Put", [{ [name]: "a" }]))).toEqual([
      `${name} is no field of P`,
    ]);
  });

  it("that does not fit is named", async () => {
    const document = { "[two.extm]": { x: 5 } };
    expect(unsendableOf(await send({ proto: two }, "two.S/Put", [document]))).toEqual([
      "[two.extm].x does not fit: expected string",
    ]);
  });
});

describe.each([
  ["a file", { proto: two }, ["myOpt", "myopt"]],
  ["a descriptor set", { descriptorSet: twoByProtoc }, ["myopt"]],
] as const)("by %s a group", (_, schema, names) => {
  it.each(names)("is a field: %s", async (name) => {
    const document = { item: [{ url: "u", title: "t" }, { url: "v" }], [name]: { a: 1 } };
    const { outcome, requests } = await send(schema, "two.S/Gr", [document]);
    expect(outcome).toEqual({ status: "accepted" });
    expect(requests).toEqual(["0b1201751a01740c0b1201760c23280124"]);
  });

  it("has required fields as well", async () => {
    const missing = await send(schema, "two.S/Gr", [{ item: [{ title: "t" }] }]);
    expect(unsendableOf(missing)).toEqual(["item.0.url is required by Item, and NULL or not there"]);
  });
});

it("an extension extends the message that protoc finds, in whichever order files are read", async () => {
  folder.write(
    "base.proto",
    'syntax = "proto2"; package ext.a; message M { optional string id = 1; extensions 100 to 200; } service S { rpc Put(M) returns (M); }',
  );
  folder.write("twin.proto", 'syntax = "proto2"; package ext.b; message M { extensions 100 to 200; }');
  const extending = folder.write(
    "extending.proto",
    'syntax = "proto2"; package ext.a; import "twin.proto"; import "base.proto"; extend M { optional string more = 100; }',
  );
  for (const files of [
    [extending],
    [`${folder.path}/twin.proto`, extending],
    [`${folder.path}/base.proto`, extending],
  ]) {
    const { outcome, requests } = await send({ proto: files }, "ext.a.S/Put", [{ id: "a", "[ext.a.more]": "b" }]);
    expect(outcome).toEqual({ status: "accepted" });
    expect(requests).toEqual(["0a0161a2060162"]);
  }
});

it("fields that share a JSON name are known by their names in the file", async () => {
  const proto = folder.write(
    "shared.proto",
    `syntax = "proto2"; package shared; service S { rpc Put(Outer.M) returns (Outer); }
    message Outer { message M { optional string order_id = 1; optional string orderId = 2; optional string the_rest = 3; } }`,
  );
  const { outcome, requests } = await send({ proto }, "shared.S/Put", [{ order_id: "a", orderId: "b", theRest: "c" }]);
  expect(outcome).toEqual({ status: "accepted" });
  expect(requests).toEqual(["0a01611201621a0163"]);
});
