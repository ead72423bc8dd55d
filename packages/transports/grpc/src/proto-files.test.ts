import { join, relative } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Folder, problemsOf, send } from "./testing/proto-sender.ts";

const folder = new Folder();
afterAll(() => folder.close());

const service = (pack: string, more = "") => `syntax = "proto3";
package ${pack};
${more}
service S { rpc Put(M) returns (M); }
message M { string id = 1; }
`;

/** The call, and what went out: `id` is "a". */
async function sends(proto: string, path: string, include: readonly string[] = [folder.path]) {
  const { outcome, requests } = await send({ proto, include }, path, [{ id: "a" }]);
  expect(outcome).toEqual({ status: "accepted" });
  expect(requests).toEqual(["0a0161"]);
}

describe("a file is read that imports", () => {
  it("descriptor.proto, for options of its own as etcd, Milvus and Envoy have them", async () => {
    folder.write(
      "gogo/gogo.proto",
      `syntax = "proto2"; package gogo; import "google/protobuf/descriptor.proto";
      extend google.protobuf.FieldOptions { optional bool nullable = 65001; }
      extend google.protobuf.FileOptions { optional bool marshaler_all = 63017; }`,
    );
    const proto = folder.write(
      "etcd.proto",
      service("etcd", 'import "gogo/gogo.proto"; option (gogo.marshaler_all) = true;').replace(
        "id = 1;",
        "id = 1 [(gogo.nullable) = false];",
      ),
    );
    await sends(proto, "etcd.S/Put");
  });

  it.each(["descriptor.proto", "api.proto", "type.proto", "source_context.proto", "compiler/plugin.proto"])(
    "google/protobuf/%s",
    async (name) =>
      sends(folder.write(`own/${name}`, service("own", `import "google/protobuf/${name}";`)), "own.S/Put"),
  );

  it("Google's annotations for HTTP", async () => {
    const proto = folder.write("annotated.proto", service("an", 'import "google/api/annotations.proto";'));
    await sends(proto, "an.S/Put");
  });

  it("features of generators, which describe no message", async () => {
    const more = 'import "google/protobuf/go_features.proto"; import "google/protobuf/cpp_features.proto";';
    await sends(folder.write("features.proto", service("fe", more)), "fe.S/Put");
  });

  it("its own copy of descriptor.proto, which goes before the library's", async () => {
    folder.write(
      "vendored/google/protobuf/descriptor.proto",
      'syntax = "proto2"; package google.protobuf; message FieldOptions { extensions 1000 to max; } message OwnCopy {}',
    );
    const more = 'import "google/protobuf/descriptor.proto";';
    const proto = folder.write(
      "vendor.proto",
      service("ve", more).replace("M { ", "M { google.protobuf.OwnCopy o = 2; "),
    );
    await sends(proto, "ve.S/Put", [join(folder.path, "vendored")]);
  });

  it("one file by two ways", async () => {
    folder.write("shared/a.proto", 'syntax = "proto3"; package sh; message A {}');
    folder.write("shared/b.proto", 'syntax = "proto3"; package sh; import "a.proto"; message B { A a = 1; }');
    const proto = folder.write("ways.proto", service("wa", 'import "shared/a.proto"; import "shared/b.proto";'));
    await sends(proto, "wa.S/Put");
    const again = relative(process.cwd(), join(folder.path, "shared/a.proto"));
    await sends([proto, again, `./${again}`] as never, "wa.S/Put");
  });
});

it("a file is found in a folder of include, as protoc finds it, and may begin with a byte order mark", async () => {
  folder.write("deep/inner.proto", `\uFEFF${service("de")}`);
  await sends("deep/inner.proto", "de.S/Put");
});

it("an import that is nowhere is named, with the file that wants it", async () => {
  const proto = folder.write("lost.proto", service("lo", 'import "validate/validate.proto";'));
  expect(await problemsOf({ proto })).toEqual([
    {
      at: "schema.proto[0]",
      message: expect.stringMatching(/lost\.proto imports validate\/validate\.proto, which is neither/),
    },
  ]);
});
