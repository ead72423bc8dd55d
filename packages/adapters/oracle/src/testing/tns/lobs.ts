import { type ByteReader, sized, uint8, uint16, whole } from "./bytes.ts";

const locatorBytes = 40;
const idAt = 10;
const chunkSize = 8_132;
const messageType = { data: 14, parameter: 8 };
const operation = { read: 0x0002, write: 0x0040, chunkSize: 0x4000, createTemporary: 0x0110 };

/** The large objects of a session: what a client has written for a bind, and what a query's columns point to. */
export class Lobs {
  readonly #values = new Map<number, Buffer>();
  #last = 0;

  get open(): number {
    return this.#values.size;
  }

  keep(value: Buffer): Buffer {
    this.#last += 1;
    this.#values.set(this.#last, value);
    return locatorOf(this.#last);
  }

  read(locator: Buffer): Buffer {
    const value = this.#values.get(locator.readUInt32BE(idAt));
    if (value === undefined) throw new Error("A LOB was read that nobody has made.");
    return value;
  }

  /** The message that reads, writes or makes one. Texts are UTF-8, and offsets count from 1. */
  answer(reader: ByteReader): Buffer {
    const request = readOperation(reader);
    switch (request.operation) {
      case operation.createTemporary:
        return Buffer.concat([uint8(messageType.parameter), this.keep(Buffer.alloc(0)), whole(0), uint8(0)]);
      case operation.chunkSize:
        return Buffer.concat([uint8(messageType.parameter), request.locator, whole(chunkSize)]);
      case operation.write:
        this.#write(request);
        return Buffer.concat([uint8(messageType.parameter), request.locator]);
      case operation.read:
        return this.#read(request);
      default:
        throw new Error(`The double knows no LOB operation ${request.operation}.`);
    }
  }

  /** What comes ahead of another message: the objects that a client no longer needs. */
  free(reader: ByteReader): void {
    reader.skip(1);
    const count = reader.whole() / locatorBytes;
    reader.skip(1);
    reader.skipWholes(3);
    reader.skip(3);
    reader.skipWholes(1);
    reader.skip(1);
    reader.skipWholes(3);
    reader.skip(1);
    for (let field = 0; field < 3; field++) {
      reader.skip(1);
      reader.skipWholes(1);
    }
    for (let freed = 0; freed < count; freed++) this.#values.delete(reader.take(locatorBytes).readUInt32BE(idAt));
  }

  #write({ locator, offset, data }: LobRequest): void {
    const before = this.read(locator);
    if (offset !== before.length + 1) throw new Error("The double writes LOBs from their end only.");
    this.#values.set(locator.readUInt32BE(idAt), Buffer.concat([before, data]));
  }

  /** Both count characters of a text; whoever reads, reads from the beginning. */
  #read({ locator, offset, amount }: LobRequest): Buffer {
    if (offset !== 1) throw new Error("The double reads LOBs from their beginning only.");
    const data = Buffer.concat([uint8(messageType.data), sized(this.read(locator))]);
    return Buffer.concat([data, uint8(messageType.parameter), locator, whole(amount)]);
  }
}

interface LobRequest {
  readonly operation: number;
  readonly locator: Buffer;
  readonly offset: number;
  readonly amount: number;
  readonly data: Buffer;
}

function readOperation(reader: ByteReader): LobRequest {
  reader.skip(1);
  const sourceBytes = reader.whole();
  reader.skip(1);
  reader.skipWholes(3);
  reader.skip(3);
  const asked = reader.whole();
  reader.skip(2);
  const offset = reader.whole();
  reader.skipWholes(1);
  const sendsAmount = reader.uint8() === 1;
  reader.skip(6);
  const locator = reader.take(sourceBytes);
  if (asked === operation.createTemporary) reader.skipWholes(1);
  let data = Buffer.alloc(0);
  if (reader.peek() === messageType.data) {
    reader.skip(1);
    data = Buffer.concat([reader.sized() ?? data]);
  }
  return { operation: asked, locator, offset, amount: sendsAmount ? reader.whole() : 0, data };
}

function locatorOf(id: number): Buffer {
  const locator = Buffer.alloc(locatorBytes);
  uint16(locatorBytes - 2).copy(locator);
  locator.writeUInt32BE(id, idAt);
  return locator;
}

/** A column's value: how long, in characters of a text, and where. */
export function lobValue(locator: Buffer, length: number): Buffer {
  return Buffer.concat([whole(locator.length), whole(length), whole(chunkSize), sized(locator)]);
}
