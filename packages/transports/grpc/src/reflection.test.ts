import type { Server, ServerDuplexStream, ServiceDefinition } from "@grpc/grpc-js";
import type { SyncInvoker } from "@syncline/core/spi";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";
import { afterEach, describe, expect, it } from "vitest";
import { grpc } from "./grpc.ts";
import { callOf, failureOf, patient, quiet, strategyOf } from "./testing/calls.ts";
import { type ShopServer, shopRoot, shopServer } from "./testing/shop-server.ts";

type Asked = { readonly [name: string]: string };
type Stream = ServerDuplexStream<Asked, Uint8Array>;

const { root } = protobuf.parse(
  `syntax = "proto3";
  message Request { string file_by_filename = 3; string file_containing_symbol = 4; string list_services = 7; }
  message Response { Files file_descriptor_response = 4; Services list_services_response = 6; }
  message Files { repeated bytes file_descriptor_proto = 1; }
  message Services { repeated Service service = 1; }
  message Service { string name = 1; }`,
  { keepCase: true },
);
const request = root.lookupType("Request");
const response = root.lookupType("Response");

const message = (content: object) => response.encode(response.fromObject(content)).finish();
const services = (...names: readonly string[]) =>
  message({ list_services_response: { service: names.map((name) => ({ name })) } });
const files = (...bytes: readonly Uint8Array[]) =>
  message({ file_descriptor_response: { file_descriptor_proto: bytes } });
const file = (content: object) =>
  descriptor.FileDescriptorProto.encode(descriptor.FileDescriptorProto.fromObject(content)).finish();

/** A field of a message by its number, as bytes: for what no library would write. */
const field = (number: number, content: Uint8Array) =>
  protobuf.Writer.create()
    .uint32((number << 3) | 2)
    .bytes(content)
    .finish();

const shopFiles = (
  shopRoot().toDescriptor("proto3") as unknown as { readonly file: readonly protobuf.Message[] }
).file.map((each) => descriptor.FileDescriptorProto.encode(each as never).finish());

let shop: ShopServer | undefined;
let invoker: SyncInvoker | undefined;
let answered = 0;
let bytes = 0;
afterEach(async () => {
  await invoker?.close?.();
  await shop?.stop();
});

/** A shop whose reflection does as `answer` says. */
async function opening(answer: (stream: Stream, asked: Asked) => void): Promise<SyncInvoker> {
  answered = 0;
  bytes = 0;
  shop = await shopServer(undefined, (server: Server) => {
    const definition: ServiceDefinition = {
      ServerReflectionInfo: {
        path: "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        requestStream: true,
        responseStream: true,
        requestSerialize: (value: Buffer) => value,
        requestDeserialize: (given: Buffer) => request.toObject(request.decode(given)),
        responseSerialize: (value: Uint8Array) => {
          answered += 1;
          bytes += value.length;
          return Buffer.from(value);
        },
        responseDeserialize: (given: Buffer) => given,
      },
    };
    server.addService(definition, {
      ServerReflectionInfo: (stream: Stream) => {
        stream.on("data", (asked: Asked) => answer(stream, asked));
        stream.on("error", () => {});
        stream.on("end", () => stream.end());
      },
    } as never);
  });
  const transport = grpc({ address: shop.address, plaintext: true, schema: { reflection: true } });
  expect(await transport.prepare?.(AbortSignal.timeout(10_000))).toEqual([]);
  expect(transport.checkStrategy?.(strategyOf())).toEqual([]);
  invoker = transport.open({ downstream: "crm", log: quiet });
  return invoker;
}

const tells =
  (...given: readonly Uint8Array[]) =>
  (stream: Stream, { list_services: list }: Asked) =>
    void stream.write(list === undefined ? files(...given) : services("shop.v1.Orders"));

const sound = tells(...shopFiles);
const order = { id: "9007199254740993" };

describe("what a server's reflection tells", () => {
  const MiB = 1 << 20;
  const repeated = (part: Uint8Array, size: number) => Buffer.concat(Array(Math.ceil(size / part.length)).fill(part));
  const hostile: {
    readonly [what: string]: readonly [answer: (stream: Stream, asked: Asked) => void, words: string];
  } = {
    "services without number": [
      (stream, { list_services: list }) =>
        void stream.write(
          list === undefined ? files(...shopFiles) : services(...Array.from({ length: 9_000 }, (_, n) => `a.S${n}`)),
        ),
      "more than 2000 services and files",
    ],
    "imports without end": [
      (stream, { list_services: list }) =>
        void stream.write(
          list === undefined
            ? files(file({ name: `${answered}.proto`, dependency: [`${answered + 1}.proto`] }))
            : services("a.S"),
        ),
      "more than 2000 services and files",
    ],
    "a message of more fields than can be read": [
      tells(
        file({
          name: "a.proto",
          messageType: [
            { name: "M", field: Array.from({ length: 5_000 }, (_, n) => ({ name: `f${n}`, number: n + 1, type: 9 })) },
          ],
        }),
      ),
      "squares of its messages' fields",
    ],
    "megabytes for each file": [
      (stream, { list_services: list }) =>
        void stream.write(
          list === undefined
            ? files(
                Buffer.concat([
                  file({ name: `${answered}.proto`, dependency: [`${answered + 1}.proto`] }),
                  field(99, new Uint8Array(MiB - 1_000)),
                ]),
              )
            : services("a.S"),
        ),
      "more than 8 MiB of descriptors",
    ],
    "what nobody asked for, without end": [
      (stream) => {
        const pour = () => {
          while (!stream.destroyed && !stream.cancelled)
            if (!stream.write(services("x".repeat(500_000)))) return void stream.once("drain", pour);
        };
        pour();
      },
      "answers what was not asked",
    ],
    "empty messages of two bytes": [
      tells(...Array.from({ length: 9 }, () => repeated(field(4, new Uint8Array()), MiB / 10))),
      "more than 200000 fields of descriptors",
    ],
    "empty services of two bytes": [
      (stream) => void stream.write(field(6, repeated(field(1, new Uint8Array()), MiB - 9))),
      "more than 200000 fields of descriptors",
    ],
    "numbers of one byte": [
      tells(field(9, field(1, field(1, new Uint8Array(MiB - 99))))),
      "more than 200000 fields of descriptors",
    ],
    "messages in messages": [
      tells(
        field(
          4,
          Array.from({ length: 200 }).reduce<Uint8Array>((inner) => field(3, inner), new Uint8Array()),
        ),
      ),
      "more than 50 deep",
    ],
    "what breaks off": [tells(Buffer.from([0x22, 0x7f, 1])), "cannot be understood"],
    "no descriptors": [tells(Buffer.from("<html/>")), "cannot be understood"],
    "a type that is not there": [
      tells(
        file({
          name: "a.proto",
          package: "shop.v1",
          service: [{ name: "Orders", method: [{ name: "Put", inputType: ".shop.v1.No", outputType: ".shop.v1.No" }] }],
        }),
      ),
      "",
    ],
    nothing: [tells(), ""],
    "an error": [(stream) => void stream.write(field(7, field(2, Buffer.from("secret words")))), "does not list"],
    "names that objects have by nature": [
      tells(
        file({
          name: "__proto__",
          package: "__proto__",
          messageType: [{ name: "constructor" }, { name: "__proto__" }],
        }),
      ),
      "",
    ],
  };
  for (const [what, [answer, words]] of Object.entries(hostile)) {
    it(`holds its own calls by ${what}, and is asked again`, async () => {
      let isMended = false;
      const opened = await opening((stream, asked) => (isMended ? sound : answer)(stream, asked));
      const failure = failureOf(await opened.invoke(callOf([order]), patient()));
      expect(failure).toMatchObject({ kind: "misconfigured", effect: "no" });
      expect(failure.code).toMatch(/^grpc\.(reflection|strategy)$/);
      expect(failure.message).toContain(words);
      expect(JSON.stringify(failure)).not.toContain("secret");
      // At the start and for the call; what is on its way in buffers comes on top.
      expect(bytes).toBeLessThan(24 * MiB);
      expect(answered).toBeLessThan(5_000);
      isMended = true;
      expect(await opened.invoke(callOf([order]), patient())).toEqual({ status: "accepted" });
    });
  }

  it("is not waited for longer than a call's own deadline, nor at the start", async () => {
    const opened = await opening(() => {});
    const context = { signal: AbortSignal.timeout(100), deadline: Date.now() + 100, trace: {} };
    expect(failureOf(await opened.invoke(callOf([order]), context))).toMatchObject({ effect: "no" });
  });

  it("is asked for again once a call did not fit, and what is known serves until then", async () => {
    let answer = sound;
    const opened = await opening((stream, asked) => answer(stream, asked));
    expect(await opened.invoke(callOf([order]), patient())).toEqual({ status: "accepted" });
    const renamed = callOf([order], { path: "shop.v2.Orders/Put" });
    expect(failureOf(await opened.invoke(renamed, patient()))).toMatchObject({ code: "grpc.strategy" });
    answer = tells();
    expect(failureOf(await opened.invoke(renamed, patient()))).toMatchObject({ kind: "misconfigured" });
    answer = tells(
      ...shopFiles,
      file({
        name: "v2.proto",
        package: "shop.v2",
        service: [
          { name: "Orders", method: [{ name: "Put", inputType: ".shop.v1.Order", outputType: ".shop.v1.Reply" }] },
        ],
      }),
    );
    // The shop has no such service: it was found in the schema, and called.
    expect(failureOf(await opened.invoke(renamed, patient()))).toMatchObject({ code: "grpc.UNIMPLEMENTED" });
  });
});
