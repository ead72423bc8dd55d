import type { Client, Metadata } from "@grpc/grpc-js";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";
import { dynamicSchema, rootOf, type Schema } from "./schema.ts";

/** The parts of grpc/reflection/v1/reflection.proto that are used; v1alpha differs in the package's name alone. */
const { root } = protobuf.parse(
  `
syntax = "proto3";
package grpc.reflection;
message Request { string host = 1; oneof message_request { string file_by_filename = 3; string file_containing_symbol = 4; string list_services = 7; } }
message Response { FileDescriptors file_descriptor_response = 4; Services list_services_response = 6; Failure error_response = 7; }
message FileDescriptors { repeated bytes file_descriptor_proto = 1; }
message Services { repeated Service service = 1; }
message Service { string name = 1; }
message Failure { int32 error_code = 1; string error_message = 2; }
`,
  { keepCase: true },
);
const requestType = root.lookupType("grpc.reflection.Request");
const responseType = root.lookupType("grpc.reflection.Response");

interface Response {
  readonly file_descriptor_response?: { readonly file_descriptor_proto: readonly Uint8Array[] };
  readonly list_services_response?: { readonly service: readonly { readonly name: string }[] };
}

type Ask = (request: { readonly [name: string]: string }) => Promise<Response>;

/** Everything that the server tells of its services. Rejects with the call's error if it tells nothing. */
export async function reflect(client: Client, metadata: Metadata, signal: AbortSignal): Promise<Schema> {
  try {
    return await reflectAs(client, "v1", metadata, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    return await reflectAs(client, "v1alpha", metadata, signal);
  }
}

async function reflectAs(client: Client, version: string, metadata: Metadata, signal: AbortSignal): Promise<Schema> {
  const { ask, end } = conversation(
    client,
    `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    metadata,
    signal,
  );
  try {
    const files = new Map<string, Uint8Array>();
    const { list_services_response: listed } = await ask({ list_services: "*" });
    for (const { name } of listed?.service ?? []) await gather(ask, { file_containing_symbol: name }, files);
    const set = descriptor.FileDescriptorSet.create({
      file: [...files.values()].map((bytes) => descriptor.FileDescriptorProto.decode(bytes)),
    });
    return dynamicSchema(rootOf(descriptor.FileDescriptorSet.encode(set).finish()));
  } finally {
    end();
  }
}

/** A file and all that it imports: servers may leave out what they have told already. */
async function gather(
  ask: Ask,
  request: { readonly [name: string]: string },
  files: Map<string, Uint8Array>,
): Promise<void> {
  const { file_descriptor_response: answer } = await ask(request);
  const missing = new Set<string>();
  for (const bytes of answer?.file_descriptor_proto ?? []) {
    const { name, dependency } = descriptor.FileDescriptorProto.decode(bytes);
    if (name !== undefined && name !== null) files.set(name, bytes);
    for (const each of dependency ?? []) missing.add(each);
  }
  for (const name of missing) if (!files.has(name)) await gather(ask, { file_by_filename: name }, files);
}

/** One question at a time, on one stream. */
function conversation(client: Client, path: string, metadata: Metadata, signal: AbortSignal) {
  const serialize = (request: object) => Buffer.from(requestType.encode(requestType.create(request)).finish());
  const deserialize = (bytes: Buffer) => responseType.toObject(responseType.decode(bytes)) as Response;
  const stream = client.makeBidiStreamRequest(path, serialize, deserialize, metadata.clone());
  const onAbort = () => stream.cancel();
  signal.addEventListener("abort", onAbort, { once: true });
  let settle: { resolve: (response: Response) => void; reject: (error: unknown) => void } | undefined;
  let failed: unknown;
  stream.on("data", (response: Response) => settle?.resolve(response));
  stream.on("error", (error: unknown) => {
    failed = error;
    settle?.reject(error);
  });
  const ask: Ask = (request) =>
    new Promise((resolve, reject) => {
      if (failed !== undefined) return reject(failed);
      settle = { resolve, reject };
      stream.write(request);
    });
  const end = () => {
    signal.removeEventListener("abort", onAbort);
    stream.end();
    stream.cancel();
  };
  return { ask, end };
}
