import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";
import type { Steps } from "./portions.ts";
import { resolved } from "./resolve-root.ts";

/** Numbers of `google.protobuf.FileDescriptorProto`'s fields. */
const parts = { messageType: 4, enumType: 5, service: 6, extension: 7, sourceCodeInfo: 9 } as const;

/** The files of a `google.protobuf.FileDescriptorSet`, undecoded. */
export function* filesIn(descriptorSet: Uint8Array): Generator<Uint8Array> {
  for (const { number, content } of partsOf(descriptorSet)) if (number === 1) yield content;
}

/**
 * The types and services of files of descriptors. A message at a time: decoded and built as a whole, 20 MB took 7 s.
 * `keepCase`: fields have the names of the file, and ProtoJSON finds them by both.
 */
export function* rootOf(files: Iterable<Uint8Array>): Steps<protobuf.Root> {
  const root = new protobuf.Root();
  const known = new Set<string>();
  for (const file of files) yield* addFile(root, file, known);
  return yield* resolved(root);
}

function* addFile(root: protobuf.Root, bytes: Uint8Array, known: Set<string>): Steps<void> {
  const found = [...partsOf(bytes)];
  // Comments and positions of the source may be most of a set, and nobody asks for them.
  const own = found.filter(({ number }) => !Object.values<number>(parts).includes(number));
  const header = descriptor.FileDescriptorProto.decode(joined(own)) as unknown as FileHeader;
  // Sets are merged by writing one behind the other, and both hold what both import.
  if (header.name !== undefined && known.has(header.name)) return;
  known.add(header.name ?? "");
  const context = contextOf(header);
  const name = header.package ?? "";
  const namespace = name === "" ? root : root.define(name);
  const contentOf = (wanted: number) => found.filter(({ number }) => number === wanted).map(({ content }) => content);
  const extensions = contentOf(parts.extension).map((each) => descriptor.FieldDescriptorProto.decode(each));
  const groups = new Set((extensions as unknown as Described[]).filter(isGroup).map(lastName));
  for (const content of contentOf(parts.messageType)) {
    const message = descriptor.DescriptorProto.decode(content) as unknown as Described;
    if (name === "google.protobuf" && message.name === "Value") nameValuesFields(message);
    const type = protobuf.Type.fromDescriptor(message as never, context);
    if (groups.has(type.name)) Object.assign(type, { group: true });
    namespace.add(type);
    yield;
  }
  for (const content of contentOf(parts.enumType)) {
    namespace.add(protobuf.Enum.fromDescriptor(content, context));
    yield;
  }
  for (const extension of extensions) {
    namespace.add(protobuf.Field.fromDescriptor(extension as never, context));
    yield;
  }
  for (const content of contentOf(parts.service)) {
    namespace.add(protobuf.Service.fromDescriptor(content, context));
    yield;
  }
}

interface FileHeader {
  readonly name?: string;
  readonly package?: string;
  readonly syntax?: string;
  readonly edition?: number;
  readonly options?: object;
}

interface Described {
  readonly name?: string;
  readonly type?: number;
  readonly typeName?: string;
  readonly field: readonly { name: string }[];
}

/** `TYPE_GROUP`. */
const isGroup = ({ type }: Described) => type === 10;
const lastName = ({ typeName }: Described) => typeName?.split(".").at(-1) ?? "";

/** The file's edition and features, as the library reads them: of a file of one message. */
function contextOf({ syntax, edition, options }: FileHeader): object {
  const probe = { name: "Probe" };
  const file = { name: "probe.proto", syntax, edition, options, messageType: [probe] };
  const type = protobuf.Root.fromDescriptor({ file: [file] } as never).lookupType("Probe");
  const { _edition } = type as unknown as { readonly _edition?: string };
  return { edition: _edition, features: type.options?.features, keepCase: true };
}

/**
 * The JSON encoder writes the fields of `google.protobuf.Value` as `numberValue`, whatever the schema calls them. Called
 * `number_value`, as in Google's file, each value of a Struct, a ListValue or a Value became null in silence (protobufjs 8.8.1).
 */
function nameValuesFields({ field }: Described): void {
  for (const each of field) each.name = each.name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

interface Part {
  readonly number: number;
  /** With the tag. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

/** The fields of a message, unread. */
function* partsOf(bytes: Uint8Array): Generator<Part> {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < bytes.length) {
    const start = reader.pos;
    const tag = reader.uint32();
    let from = reader.pos;
    if ((tag & 7) === 2) {
      const length = reader.uint32();
      from = reader.pos;
      reader.skip(length);
    } else reader.skipType(tag & 7);
    yield { number: tag >>> 3, whole: bytes.subarray(start, reader.pos), content: bytes.subarray(from, reader.pos) };
  }
}

function joined(found: readonly Part[]): Uint8Array {
  return Buffer.concat(found.map(({ whole }) => whole));
}
