import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Server, ServerDuplexStream, ServiceDefinition } from "@grpc/grpc-js";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";
import { afterAll, describe, expect, it } from "vitest";
import { grpc } from "./grpc.ts";
import type { SchemaSource } from "./options.ts";
import { callOf, failureOf, folder, patient, quiet, shopProto, strategyOf } from "./testing/calls.ts";
import { shopRoot, shopServer } from "./testing/shop-server.ts";

const scratch = mkdtempSync(join(tmpdir(), "syncline-grpc-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const never = new AbortController().signal;
const transport = (schema: SchemaSource, address = "127.0.0.1:1") => grpc({ address, plaintext: true, schema });
const files = { proto: shopProto, include: [folder] };

function descriptorSet(): Uint8Array {
  const set = shopRoot().toDescriptor("proto3");
  return descriptor.FileDescriptorSet.encode(set).finish();
}

async function problemsOf(schema: SchemaSource, parts = {}) {
  const made = transport(schema);
  const unprepared = await (made.prepare?.(never) ?? []);
  return unprepared.length > 0 ? unprepared : (made.checkStrategy?.(strategyOf(parts)) ?? []);
}

describe("at start", () => {
  it("files that cannot be read are refused, all of them", async () => {
    writeFileSync(join(scratch, "broken.proto"), "message {");
    const found = await problemsOf({
      proto: [join(scratch, "none.proto"), shopProto, join(scratch, "broken.proto")],
      include: [folder],
    });
    expect(found.map(({ at }) => at)).toEqual(["schema.proto[0]", "schema.proto[2]"]);
    expect(await problemsOf({ proto: shopProto })).toMatchObject([]);
    expect(await problemsOf({ descriptorSet: join(scratch, "none.bin") })).toMatchObject([
      { at: "schema.descriptorSet" },
    ]);
    expect(await problemsOf({ descriptorSet: new Uint8Array([1, 2, 3]) })).toMatchObject([
      { at: "schema.descriptorSet" },
    ]);
  });

  it.each<[string, object, string, string]>([
    ["a service that is not there", { path: "shop.v1.Nothing/Put" }, "path", "no service shop.v1.Nothing"],
    ["a message for a service", { path: "shop.v1.Order/Put" }, "path", "no service shop.v1.Order"],
    ["a method that is not there", { path: "shop.v1.Orders/Pu" }, "path", "it has Put, PutAll, Watch"],
    ["what is no path", { path: "/orders" }, "path", "package.Service/Method"],
    ["a method that answers with a stream", { path: "shop.v1.Orders/Watch" }, "path", "stream"],
    ["a batch without its field", { path: "shop.v1.Orders/PutAll", batch: 5 }, "options.list", "is missing"],
    [
      "a batch in what is no list",
      { path: "shop.v1.Orders/PutAll", batch: 5, options: { list: "source" } },
      "options.list",
      "there are: orders",
    ],
    ["constant fields that do not fit", { options: { fixed: { totl: "1" } } }, "options.fixed", "totl is no field"],
    ["a delete that cannot be told", { whenAbsent: "delete" }, "options.delete.path", "is missing"],
    [
      "a delete by a method that is not there",
      { options: { delete: { path: "shop.v1.Orders/Gone" } } },
      "options.delete.path",
      "it has",
    ],
    ["HTTP's method", { method: "PUT" }, "method", "HTTP"],
    ["rows without a place", { rows: "many" }, "options.document", "is missing"],
  ])("%s is refused", async (_, parts, at, words) => {
    const found = await problemsOf(files, parts);
    expect(found.map((problem) => problem.at)).toContain(at);
    expect(found.map(({ message }) => message).join()).toContain(words);
  });

  it("a good strategy is not", async () => {
    expect(await problemsOf(files)).toEqual([]);
    expect(await problemsOf(files, { path: "shop.v1.Orders/PutAll", batch: 5, options: { list: "orders" } })).toEqual(
      [],
    );
  });
});

describe("a schema from", () => {
  async function delivers(
    schema: SchemaSource,
    more: (server: Server) => void = () => {},
    order: object = { id: "9007199254740993" },
  ) {
    const shop = await shopServer(undefined, more);
    const made = transport(schema, shop.address);
    expect(await made.prepare?.(never)).toEqual([]);
    const misnamed = made.checkStrategy?.(strategyOf({ path: "shop.v1.Orders/Nope" }));
    expect(misnamed).toMatchObject("reflection" in schema ? [] : [{ at: "path" }]);
    const invoker = made.open({ downstream: "crm", log: quiet });
    expect(await invoker.invoke(callOf([order as never]), patient())).toEqual({ status: "accepted" });
    await invoker.close?.();
    await shop.stop();
    return shop.orders;
  }
  const taken = [{ id: "9007199254740993" }];

  it("files", async () => expect(await delivers(files)).toEqual(taken));

  it("a descriptor set, as bytes and as a file", async () => {
    expect(await delivers({ descriptorSet: descriptorSet() })).toEqual(taken);
    writeFileSync(join(scratch, "shop.bin"), descriptorSet());
    expect(await delivers({ descriptorSet: join(scratch, "shop.bin") })).toEqual(taken);
  });

  it.each(["v1", "v1alpha"])("the server's reflection, %s", async (version) => {
    expect(await delivers({ reflection: true }, (server) => addReflection(server, version))).toEqual(taken);
  });

  it("generated code, whose serializers are used", async () => {
    const type = shopRoot().lookupType("shop.v1.Order");
    const definition = {
      path: "/shop.v1.Orders/Put",
      requestStream: false,
      responseStream: false,
      requestSerialize: (value: object) => Buffer.from(type.encode(type.fromObject(value)).finish()),
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (value: Buffer) => value,
      responseDeserialize: () => ({ code: 0 }),
    };
    const services = { "shop.v1.Orders": { put: definition } as unknown as ServiceDefinition };
    expect(await delivers({ services }, undefined, { total: "1" })).toEqual([{ total: "1" }]);
  });

  it("reflection of a server that is away is no problem of the options, and is asked for again", async () => {
    const shop = await shopServer(undefined, (server) => addReflection(server, "v1"));
    const { address } = shop;
    await shop.stop();
    const made = transport({ reflection: true }, address);
    expect(await made.prepare?.(AbortSignal.timeout(3_000))).toEqual([]);
    expect(made.checkStrategy?.(strategyOf())).toEqual([]);
    const invoker = made.open({ downstream: "crm", log: quiet });
    expect(failureOf(await invoker.invoke(callOf([{}]), patient()))).toMatchObject({
      kind: "unavailable",
      effect: "no",
    });
    await invoker.close?.();
  });
});

interface DescribedFile extends protobuf.Message {
  name: string;
  dependency: string[];
  service: unknown[];
}

/** What a server with reflection answers: here each file of the shop, one by one, so that imports must be asked for. */
function addReflection(server: Server, version: string): void {
  const { file } = descriptor.FileDescriptorSet.decode(descriptorSet()) as unknown as { file: DescribedFile[] };
  // The library that wrote the set keeps no imports, and real servers do.
  for (const each of file)
    each.dependency = file.filter((other) => other !== each && each.service.length > 0).map(({ name }) => name);
  const { root } = protobuf.parse(
    `syntax = "proto3";
    message Request { string file_by_filename = 3; string file_containing_symbol = 4; string list_services = 7; }
    message Response { Files file_descriptor_response = 4; Services list_services_response = 6; }
    message Files { repeated bytes file_descriptor_proto = 1; }
    message Services { repeated Service service = 1; }
    message Service { string name = 1; }`,
    { keepCase: true },
  );
  const [request, response] = [root.lookupType("Request"), root.lookupType("Response")];
  const bytesOf = (message: DescribedFile) => descriptor.FileDescriptorProto.encode(message).finish();
  const named = (test: (found: DescribedFile) => boolean) => file.filter(test).map(bytesOf);
  const definition: ServiceDefinition = {
    ServerReflectionInfo: {
      path: `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      requestStream: true,
      responseStream: true,
      requestSerialize: (value: Buffer) => value,
      requestDeserialize: (bytes: Buffer) => request.toObject(request.decode(bytes)),
      responseSerialize: (value: object) => Buffer.from(response.encode(response.fromObject(value)).finish()),
      responseDeserialize: (bytes: Buffer) => bytes,
    },
  };
  server.addService(definition, {
    ServerReflectionInfo: (stream: ServerDuplexStream<{ [name: string]: string }, object>) => {
      stream.on("data", (asked: { [name: string]: string }) => {
        if (asked.list_services !== undefined)
          stream.write({ list_services_response: { service: [{ name: "shop.v1.Orders" }] } });
        else if (asked.file_containing_symbol !== undefined)
          stream.write({
            file_descriptor_response: { file_descriptor_proto: named(({ service }) => service.length > 0) },
          });
        else
          stream.write({
            file_descriptor_response: { file_descriptor_proto: named(({ name }) => name === asked.file_by_filename) },
          });
      });
      stream.on("end", () => stream.end());
    },
  } as never);
}
