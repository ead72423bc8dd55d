import { createHash } from "node:crypto";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";

/** What a server's reflection tells is not taken. In our own words: nothing of what it told is in them. */
export class ReflectionError extends Error {
  override readonly name = "ReflectionError";
}

// What comes, and what of it is new: many servers tell a file again with everything that it imports.
const mostBytes = 64 << 20;
const mostFileBytes = 8 << 20;
// Of descriptors, of which a field of a message has six. All of them are read in one turn, in a
// second at most: 1,000 messages of 20 fields take 0.6 s.
const mostFields = 200_000;
// A message takes 70 microseconds, whatever is in it.
const messageCost = 20;
// The library takes the square of a message's fields: 20,000 in one message took three minutes.
const mostSquares = 1_000_000;
const mostQuestions = 2_000;
const deepest = 50;

/** How much a server may tell of itself, in all. Methods throw `ReflectionError`. */
export class ReflectionRoom {
  #bytes = mostBytes;
  #fields = mostFields;
  #fileBytes = mostFileBytes;
  #squares = mostSquares;
  #questions = mostQuestions;
  readonly #known = new Set<string>();

  takeBytes(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes < 0) throw tooMuch(`${mostBytes >> 20} MiB`);
  }

  takeQuestion(): void {
    this.#questions -= 1;
    if (this.#questions < 0) throw tooMuch(`${mostQuestions} services and files`);
  }

  /** Whether the file is new. */
  takeFile(bytes: Uint8Array): boolean {
    const digest = createHash("sha256").update(bytes).digest("base64");
    if (this.#known.has(digest)) return false;
    this.#known.add(digest);
    this.#fileBytes -= bytes.length;
    if (this.#fileBytes < 0) throw tooMuch(`${mostFileBytes >> 20} MiB of descriptors`);
    this.takeFields(descriptor.FileDescriptorProto, bytes);
    return true;
  }

  /** Looks through a message before it is decoded: two bytes become an object of a hundred. */
  takeFields(type: protobuf.Type, bytes: Uint8Array): void {
    try {
      this.#walk(type, protobuf.Reader.create(bytes), bytes.length, 0);
    } catch (error) {
      throw error instanceof ReflectionError ? error : new ReflectionError("what it tells cannot be understood");
    }
  }

  #walk(type: protobuf.Type, reader: protobuf.Reader, end: number, depth: number): void {
    if (depth > deepest) throw new ReflectionError(`it tells of messages more than ${deepest} deep`);
    let fields = 0;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (type === descriptor.DescriptorProto && tag >>> 3 === fieldOfMessage) fields += 1;
      const field = type.fieldsById[tag >>> 3]?.resolve();
      if ((tag & 7) !== 2) {
        this.#takeFields(1);
        reader.skipType(tag & 7);
        continue;
      }
      const length = reader.uint32();
      const isMessage = field?.resolvedType instanceof protobuf.Type;
      const isPacked = field?.repeated === true && !isMessage && field.type !== "string" && field.type !== "bytes";
      const cost = field?.resolvedType === descriptor.DescriptorProto ? messageCost : 1;
      this.#takeFields(isPacked ? length : cost);
      if (isMessage) this.#walk(field.resolvedType as protobuf.Type, reader, reader.pos + length, depth + 1);
      else reader.skip(length);
    }
    this.#squares -= fields * fields;
    if (this.#squares < 0) throw tooMuch(`${mostSquares} squares of its messages' fields`);
  }

  #takeFields(count: number): void {
    this.#fields -= count;
    if (this.#fields < 0) throw tooMuch(`${mostFields} fields of descriptors`);
  }
}

/** Of `DescriptorProto`: its `field`. */
const fieldOfMessage = 2;

function tooMuch(what: string): ReflectionError {
  return new ReflectionError(`it tells more than ${what}: give the schema as a file`);
}
