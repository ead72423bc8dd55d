import { setImmediate as nextTurn } from "node:timers/promises";
import descriptor from "protobufjs/ext/descriptor.js";
import { describe, expect, it } from "vitest";
import { grpc } from "./grpc.ts";
import { problemsOf, send } from "./testing/proto-sender.ts";

interface File {
  readonly name: string;
  readonly package?: string;
  readonly syntax?: string;
  readonly messageType?: readonly object[];
  readonly service?: readonly object[];
  readonly sourceCodeInfo?: object;
}

const setOf = (...file: readonly File[]): Uint8Array => descriptor.FileDescriptorSet.encode({ file } as never).finish();
const message = (name: string, ...names: readonly string[]) => ({
  name,
  field: names.map((each, index) => ({ name: each, number: index + 1, label: 1, type: 9 })),
});
const service = (type: string) => [{ name: "S", method: [{ name: "Put", inputType: type, outputType: type }] }];
const base: File = { name: "base.proto", package: "base", syntax: "proto3", messageType: [message("M", "id")] };

/** As many messages as a large API has, in one file. */
function large(messages: number): Uint8Array {
  const fields = Array.from({ length: 10 }, (_, index) => `field_${index}`);
  const messageType = Array.from({ length: messages }, (_, index) => message(`M${index}`, ...fields));
  return setOf({ name: "large.proto", package: "large", syntax: "proto3", messageType, service: service(".large.M7") });
}

describe("a descriptor set", () => {
  it("however large lets everything else of the process go on while it is read", async () => {
    const descriptorSet = large(4_000);
    const made = grpc({ address: "127.0.0.1:1", plaintext: true, schema: { descriptorSet } });
    let ready = false;
    const prepared = made.prepare?.(new AbortController().signal);
    void prepared?.then(() => {
      ready = true;
    });
    let turns = 0;
    for (; !ready; turns += 1) await nextTurn();
    expect(await prepared).toEqual([]);
    // Of 10 ms each: in one turn, as it was, there are two.
    expect(turns).toBeGreaterThan(10);
  });

  it("merged of two, which both hold what both import, is one", async () => {
    const one = setOf(base, { name: "one.proto", package: "one", syntax: "proto3", service: service(".base.M") });
    const two = setOf(base, { name: "two.proto", package: "two", syntax: "proto3", service: service(".base.M") });
    const descriptorSet = Buffer.concat([one, two]);
    for (const path of ["one.S/Put", "two.S/Put"])
      expect((await send({ descriptorSet }, path, [{ id: "a" }])).requests).toEqual(["0a0161"]);
  });

  it("with comments and positions of its source, and its files in any order, is one as well", async () => {
    const sourceCodeInfo = { location: [{ path: [4, 0], span: [1, 2, 3], leadingComments: "x".repeat(10_000) }] };
    const using: File = { name: "u.proto", package: "using", syntax: "proto3", service: service(".base.M") };
    const descriptorSet = setOf({ ...using, sourceCodeInfo }, { ...base, sourceCodeInfo });
    expect((await send({ descriptorSet }, "using.S/Put", [{ id: "a" }])).requests).toEqual(["0a0161"]);
  });

  it.each<[string, Uint8Array, string]>([
    [
      "that names a type which it does not hold",
      setOf({ ...base, service: service(".away.M") }),
      "base.S.Put is of the type .away.M",
    ],
    ["that ends in the middle", setOf(base).subarray(0, 20), "cannot be read"],
    ["of an edition that is not known", setOf({ ...base, syntax: "editions" }), "Unsupported edition"],
  ])("%s is refused at start", async (_, descriptorSet, words) => {
    expect(await problemsOf({ descriptorSet })).toEqual([
      { at: "schema.descriptorSet", message: expect.stringContaining(words) },
    ]);
  });

  it("of nothing has no services", async () => {
    expect(await problemsOf({ descriptorSet: new Uint8Array() })).toMatchObject([{ at: "path" }]);
  });
});
