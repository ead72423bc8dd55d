import type { SyncCall, WireValue } from "@syncline/core/spi";
import { afterAll, describe, expect, it } from "vitest";
import { Folder, problemsOf, send, unsendableOf } from "./testing/proto-sender.ts";

const folder = new Folder();
afterAll(() => folder.close());

const proto = folder.write(
  "all.proto",
  `syntax = "proto3"; package all;
  import "google/protobuf/any.proto";
  import "google/protobuf/struct.proto";
  import "google/protobuf/timestamp.proto";
  import "google/protobuf/wrappers.proto";
  service S {
    rpc Put(M) returns (M);
    rpc PutStruct(google.protobuf.Struct) returns (M);
    rpc PutAny(google.protobuf.Any) returns (M);
    rpc Gone(Key) returns (M);
  }
  message Key { string order_id = 1; }
  message M {
    string id = 1;
    google.protobuf.Any any = 2;
    repeated google.protobuf.Any anys = 3;
    repeated string tags = 4;
    map<string, double> rates = 5;
    map<int64, M> by_number = 6;
    M deeper = 7;
    double rate = 8;
    google.protobuf.DoubleValue maybe = 9;
    oneof pay { string card = 10; M voucher = 11; }
    repeated google.protobuf.Timestamp times = 12;
    map<bool, google.protobuf.Timestamp> at = 13;
    bool open = 14;
    int64 big = 15;
    repeated double rows = 16;
  }`,
);
const schema = { proto };
const put = (document: WireValue, options: SyncCall["options"] = {}) =>
  send(schema, "all.S/Put", [document], { options });
const accepted = { status: "accepted" };

async function bytesOf(document: WireValue, options?: SyncCall["options"]): Promise<string> {
  const { outcome, requests } = await put(document, options);
  expect(outcome).toEqual(accepted);
  return requests[0] ?? "";
}

describe("an Any", () => {
  it.each<[string, object, string]>([
    ["without @type", { any: { id: "secret" } }, "any has no @type, and an Any says of which type it is"],
    ["that is empty", { any: {} }, "any has no @type"],
    ["in a list", { anys: [{ "@type": "t/all.Key" }, { a: 1 }] }, "anys.1 has no @type"],
    ["of a type that is no text", { any: { "@type": 5 } }, "any has no @type"],
    [
      "of an unknown type",
      { any: { "@type": "type.googleapis.com/all.Secret" } },
      "any.@type is no type.googleapis.com/",
    ],
    ["of a type that only ends so", { any: { "@type": "type.googleapis.com/Key" } }, "any.@type is no"],
    ["of a type without a prefix", { any: { "@type": "all.Key" } }, "any.@type is no"],
    ["of a service", { any: { "@type": "type.googleapis.com/all.S" } }, "any.@type is no"],
    [
      "of what does not fit its type",
      { any: { "@type": "t/all.M", deeper: { rate: "secret" } } },
      "any.deeper.rate does not fit",
    ],
    ["of digits that its type does not hold", { any: { "@type": "t/all.M", big: 2 ** 53 } }, "any.big has more digits"],
    [
      "of a well-known type without its value",
      { any: { "@type": "t/google.protobuf.Timestamp" } },
      "any has not just @type and value",
    ],
    [
      "of a well-known type that does not fit",
      { any: { "@type": "t/google.protobuf.Timestamp", value: "secret" } },
      "any.value does not fit: invalid timestamp",
    ],
    ["that is no object", { any: "secret" }, "any is no object"],
  ])("%s is unsendable, with the place and without the value", async (_, document, words) => {
    const [found] = unsendableOf(await put(document as WireValue));
    expect(found).toContain(words);
    expect(found?.toLowerCase()).not.toContain("secret");
  });

  it("holds a message of any kind", async () => {
    const url = "742f616c6c2e4b6579";
    expect(await bytesOf({ any: { "@type": "t/all.Key", order_id: "a" } })).toBe(`12100a09${url}12030a0161`);
    const time = { "@type": "t/google.protobuf.Timestamp", value: "1970-01-01T00:00:01Z" };
    expect(await bytesOf({ any: { "@type": "t/google.protobuf.Any", value: time } })).toContain("12020801");
  });

  it("may be the request itself", async () => {
    const { outcome } = await send(schema, "all.S/PutAny", [{ "@type": "t/all.Key", order_id: "a" }]);
    expect(outcome).toEqual(accepted);
    expect(unsendableOf(await send(schema, "all.S/PutAny", [{ order_id: "a" }]))).toEqual([
      "the document has no @type, and an Any says of which type it is",
    ]);
  });
});

describe("constant fields", () => {
  it("leave the document's other fields alone, lists and maps as well", async () => {
    expect(await bytesOf({ tags: ["x"], rates: { k: 1 } }, { fixed: { id: "a" } })).toBe(
      "0a01612201782a0c0a016b11000000000000f03f",
    );
  });

  it("go before the document's, be they 0, false or empty", async () => {
    expect(await bytesOf({ open: true, id: "a", rate: 5 }, { fixed: { open: false, id: "", rate: 0 } })).toBe("");
  });

  it("of a oneof go together with no other field of it", async () => {
    expect(unsendableOf(await put({ voucher: { id: "v" } }, { fixed: { card: "c" } }))).toEqual([
      "the document does not fit: multiple values for oneof pay",
    ]);
  });

  it("go into a Struct beside the document", async () => {
    const { requests } = await send(schema, "all.S/PutStruct", [{ a: "x" }], { options: { fixed: { b: true } } });
    expect(requests).toEqual(["0a080a016112031a01780a070a016212022001"]);
  });

  it("that a delete's own request does not have stop the start, and it may have its own", async () => {
    const options = { fixed: { tags: ["t"] }, delete: { path: "all.S/Gone" } };
    const deletes = { path: "all.S/Put", whenAbsent: "delete", options } as const;
    expect(await problemsOf(schema, deletes)).toEqual([
      { at: "options.delete.fixed", message: "tags is no field of Key" },
    ]);
    const mended = { ...options, delete: { ...options.delete, fixed: {} } };
    expect(await problemsOf(schema, { ...deletes, options: mended })).toEqual([]);
    const call = { operation: "delete", options: mended, served: ["all.S/Gone"] } as const;
    const { outcome } = await send(schema, "all.S/Put", [null], {
      ...call,
      ...keyed("order_id"),
    });
    expect(outcome).toEqual(accepted);
  });
});

function keyed(field: string) {
  const item = { key: { [field]: "7" }, body: null, json: "null", deliveryId: "d", revision: "1", attempt: 1 };
  return { items: [item as never] };
}

it("a Struct may be the request itself", async () => {
  const { outcome, requests } = await send(schema, "all.S/PutStruct", [{ a: "x" }]);
  expect(outcome).toEqual(accepted);
  expect(requests).toEqual(["0a080a016112031a0178"]);
  expect(await problemsOf(schema, { path: "all.S/PutStruct", options: { stamp: { deliveryId: "anything" } } })).toEqual(
    [],
  );
});

it("a negative zero is no zero", async () => {
  const minus = "0000000000000080";
  expect(await bytesOf({ rate: -0 })).toBe(`41${minus}`);
  expect(await bytesOf({ rate: "-0.0" })).toBe(`41${minus}`);
  expect(await bytesOf({ maybe: -0 })).toBe(`4a0909${minus}`);
  expect(await bytesOf({ rate: 0, maybe: "0" })).toBe("4a00");
});

describe("what does not fit is named by its place, without its value or key", () => {
  it.each<[string, object, string]>([
    ["an element of a list of scalars", { tags: ["a", 5] }, "tags.1 does not fit: expected string"],
    [
      "an element of a list of times",
      { times: ["1970-01-01T00:00:00Z", "secret"] },
      "times.1 does not fit: invalid timestamp",
    ],
    ["NULL in a list", { tags: ["a", null] }, "tags.1 does not fit: null element"],
    ["a decimal in a list that a double would round", { rows: ["12345678901234567.89"] }, "rows has more digits"],
    [
      "a decimal in a map that a double would round",
      { rates: { secret: "12345678901234567.89" } },
      "rates has more digits",
    ],
    ["a key of a map", { by_number: { secret: {} } }, "by_number does not fit: invalid int64 map key"],
    ["a key of a map given twice", { by_number: { "1": {}, "01": {} } }, "by_number does not fit"],
    ["a member of a message in a map", { by_number: { "7": { rate: "secret" } } }, "by_number.0.rate does not fit"],
    ["a key of a map of times", { at: { secret: "1970-01-01T00:00:00Z" } }, "at does not fit: invalid bool map key"],
    ["a list for a message", { deeper: [{ id: "a" }] }, "deeper is no object"],
    ["a message for a list", { anys: { id: "a" } }, "anys does not fit: expected array"],
    ["a list for a map", { by_number: [] }, "by_number is no object, and the field is a map"],
    ["two of a oneof, one of them a message", { card: "a", voucher: {} }, "the document does not fit: multiple values"],
    ["two of a oneof further in", { deeper: { card: "a", voucher: {} } }, "deeper does not fit: multiple values"],
  ])("%s", async (_, document, words) => {
    const [found] = unsendableOf(await put(document as WireValue));
    expect(found).toContain(words);
    expect(found).not.toContain("secret");
  });
});

it("a map keeps keys that JavaScript has names for", async () => {
  const document = JSON.parse('{"rates":{"__proto__":1,"constructor":2}}');
  expect(await bytesOf(document)).toBe(
    "2a140a095f5f70726f746f5f5f11000000000000f03f2a160a0b636f6e7374727563746f72110000000000000040",
  );
});

describe("a document however deep", () => {
  function nested(depth: number, innermost: object): WireValue {
    let document: WireValue = innermost as WireValue;
    for (let level = 0; level < depth; level += 1) document = { deeper: document };
    return document;
  }

  it("is read once, and not once more for each level", async () => {
    const readsAt = async (depth: number) => {
      let reads = 0;
      const counted = () => {
        reads += 1;
        return "a";
      };
      const innermost = Object.defineProperty({}, "id", { enumerable: true, get: counted });
      expect((await put(nested(depth, innermost))).outcome).toEqual(accepted);
      return reads;
    };
    expect(await readsAt(40)).toBe(await readsAt(1));
  });

  it("is named by the place of what does not fit, and refused beyond what servers take", async () => {
    const [place] = unsendableOf(await put(nested(30, { rate: "x" })));
    expect(place).toBe(`${"deeper.".repeat(30)}rate does not fit: invalid number`);
    expect(unsendableOf(await put(nested(200, {})))[0]).toContain("is nested too deeply");
  });
});
