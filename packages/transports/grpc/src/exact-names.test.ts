import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";
import { afterAll, describe, expect, it } from "vitest";
import { Folder, problemsOf, send } from "./testing/proto-sender.ts";

const folder = new Folder();
afterAll(() => folder.close());

const proto = folder.write(
  "named.proto",
  `syntax = "proto3"; package acme.v1;
  service Orders { rpc Put(Order) returns (Order); rpc Nest(Outer) returns (Order); }
  message Order { string id = 1; }
  message Outer {
    message Middle { message Order { string wrong = 7; } }
    Order order = 1;
    v1.Order qualified = 2;
    .acme.v1.Order absolute = 3;
    map<string, Order> by_name = 4;
  }`,
);
const plain = folder.write(
  "plain.proto",
  'syntax = "proto3"; service Plain { rpc Put(Req) returns (Req); } message Req { string id = 1; }',
);

describe("a service", () => {
  it.each(["Orders/Put", "v1.Orders/Put", "acme.Orders/Put", "acme.v1.Order/Put", "acme/Put", "acme.v1/Put"])(
    "is found by its full name alone: %s is refused at start, and nothing is called",
    async (path) => {
      expect(await problemsOf({ proto }, { path })).toMatchObject([
        { at: "path", message: expect.stringContaining("there is no service") },
      ]);
      const { outcome, paths } = await send({ proto }, path, [{ id: "a" }], { served: ["acme.v1.Orders/Put", path] });
      expect(outcome).toMatchObject({ status: "failed", failure: { kind: "misconfigured", effect: "no" } });
      expect(paths).toEqual([]);
    },
  );

  it("may have no package, in a file and in a descriptor set", async () => {
    const set = protobuf.loadSync(plain).toDescriptor("proto3");
    for (const schema of [{ proto: plain }, { descriptorSet: descriptor.FileDescriptorSet.encode(set).finish() }]) {
      const { outcome, paths } = await send(schema, "Plain/Put", [{ id: "a" }]);
      expect(outcome).toEqual({ status: "accepted" });
      expect(paths).toEqual(["Plain/Put"]);
      expect(await problemsOf(schema, { path: "x.Plain/Put" })).toMatchObject([{ at: "path" }]);
    }
  });
});

describe("the type of a field", () => {
  it("is the one that protoc finds: not one that is nested deeper", async () => {
    const document = { order: { id: "a" }, qualified: { id: "b" }, absolute: { id: "c" }, by_name: { k: { id: "d" } } };
    const { outcome, requests } = await send({ proto }, "acme.v1.Orders/Nest", [document]);
    expect(outcome).toEqual({ status: "accepted" });
    expect(requests).toEqual(["0a030a016112030a01621a030a016322080a016b12030a0164"]);
  });

  it.each<[string, string, string]>([
    ["ends like another's name", "Elsewhere e = 1;", "package other; message Elsewhere {}"],
    ["is not there at all", "Nowhere e = 1;", "package other;"],
  ])("is refused at start if it %s", async (_, field, other) => {
    folder.write("other.proto", `syntax = "proto3"; ${other}`);
    const wrong = folder.write(
      "wrong.proto",
      `syntax = "proto3"; package acme; import "other.proto"; service S { rpc Put(M) returns (M); } message M { ${field} }`,
    );
    expect(await problemsOf({ proto: wrong }, { path: "acme.S/Put" })).toMatchObject([
      { at: "schema.proto", message: expect.stringContaining("acme.M.e is of the type") },
    ]);
  });
});
