import { type Client, status as codes, type Metadata } from "@grpc/grpc-js";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";
import { rootOf } from "./descriptor-set.ts";
import { inPortions } from "./portions.ts";
import { ReflectionError, ReflectionRoom } from "./reflection-room.ts";
import { dynamicSchema, type Schema } from "./schema.ts";

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
  readonly file_descriptor_response?: { readonly file_descriptor_proto?: readonly Uint8Array[] };
  readonly list_services_response?: { readonly service?: readonly { readonly name: string }[] };
  readonly error_response?: object;
}

type Ask = (request: { readonly [name: string]: string }) => Promise<Response>;

/**
 * Everything that the server tells of its services. Rejects with the call's error if it tells
 * nothing, or with `ReflectionError`.
 */
export async function reflect(client: Client, metadata: Metadata, signal: AbortSignal): Promise<Schema> {
  const room = new ReflectionRoom();
  try {
    return await reflectAs(client, "v1", metadata, signal, room);
  } catch (error) {
    if (signal.aborted || error instanceof ReflectionError || isUnauthorized(error)) throw error;
    return await reflectAs(client, "v1alpha", metadata, signal, room);
  }
}

/** Whether reflection ended by a status that refuses who we are. */
export function isUnauthorized(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === codes.UNAUTHENTICATED || code === codes.PERMISSION_DENIED;
}

async function reflectAs(
  client: Client,
  version: string,
  metadata: Metadata,
  signal: AbortSignal,
  room: ReflectionRoom,
): Promise<Schema> {
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
  const { ask, end } = conversation(client, path, metadata, signal, room);
  try {
    const told: Told = { files: new Map(), services: new Set() };
    const listed = (await ask({ list_services: "*" })).list_services_response;
    if (listed === undefined) throw new ReflectionError("it does not list its services");
    for (const { name } of listed.service ?? [])
      if (!told.services.has(name)) await gather(ask, { file_containing_symbol: name }, told, room);
    return dynamicSchema(await inPortions(rootOf(told.files.values())).catch(notUnderstood));
  } finally {
    end();
  }
}

/**
 * What the libraries cannot do with descriptors is the server's fault, as everything that they are
 * made of is the server's.
 */
function understood<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    return notUnderstood(error);
  }
}

function notUnderstood(error: unknown): never {
  throw error instanceof ReflectionError ? error : new ReflectionError("what it tells cannot be understood");
}

interface Told {
  readonly files: Map<string, Uint8Array>;
  /** By their full names. */
  readonly services: Set<string>;
}

interface DescribedFile {
  readonly name: string;
  readonly package: string;
  readonly dependency: readonly string[];
  readonly service: readonly { readonly name: string }[];
}

/** A file and all that it imports: servers may leave out what they have told already, or tell it again. */
async function gather(
  ask: Ask,
  request: { readonly [name: string]: string },
  told: Told,
  room: ReflectionRoom,
): Promise<void> {
  const { file_descriptor_response: answer, error_response: error } = await ask(request);
  if (answer === undefined && error === undefined) throw new ReflectionError("it answers what was not asked");
  const missing = new Set<string>();
  for (const bytes of answer?.file_descriptor_proto ?? []) {
    if (!room.takeFile(bytes)) continue;
    const file = understood(() => descriptor.FileDescriptorProto.decode(bytes)) as unknown as DescribedFile;
    told.files.set(file.name, bytes);
    for (const { name } of file.service) told.services.add(file.package === "" ? name : `${file.package}.${name}`);
    for (const name of file.dependency) missing.add(name);
  }
  for (const name of missing) if (!told.files.has(name)) await gather(ask, { file_by_filename: name }, told, room);
}

/** One question at a time, on one stream. */
function conversation(client: Client, path: string, metadata: Metadata, signal: AbortSignal, room: ReflectionRoom) {
  const serialize = (request: object) => Buffer.from(requestType.encode(requestType.create(request)).finish());
  let refused: unknown;
  let unanswered = 0;
  // Here, before it is taken in: what this throws ends the call.
  const deserialize = (bytes: Buffer) => {
    try {
      if (unanswered === 0) throw new ReflectionError("it answers what was not asked");
      unanswered -= 1;
      room.takeBytes(bytes.length);
      room.takeFields(responseType, bytes);
      return understood(() => responseType.toObject(responseType.decode(bytes)) as Response);
    } catch (error) {
      refused = error;
      throw error;
    }
  };
  const stream = client.makeBidiStreamRequest(path, serialize, deserialize, metadata.clone());
  const onAbort = () => stream.cancel();
  signal.addEventListener("abort", onAbort, { once: true });
  let settle: { resolve: (response: Response) => void; reject: (error: unknown) => void } | undefined;
  let failed: unknown;
  stream.on("data", (response: Response) => settle?.resolve(response));
  stream.on("error", (error: unknown) => {
    failed = refused ?? error;
    settle?.reject(failed);
  });
  const ask: Ask = (request) =>
    new Promise((resolve, reject) => {
      if (failed !== undefined) return reject(failed);
      room.takeQuestion();
      settle = { resolve, reject };
      unanswered += 1;
      stream.write(request);
    });
  const end = () => {
    signal.removeEventListener("abort", onAbort);
    stream.end();
    stream.cancel();
  };
  return { ask, end };
}
