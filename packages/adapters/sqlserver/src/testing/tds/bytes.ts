/** Reads one value after the other, little-endian as TDS has them. A message that ends too early is a RangeError. */
export class ByteReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  uint8(): number {
    return this.take(1).readUInt8();
  }

  uint16(): number {
    return this.take(2).readUInt16LE();
  }

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  uint64(): bigint {
    return this.take(8).readBigUInt64LE();
  }

  /** UTF-16 with a length of one byte, in characters. */
  shortText(): string {
    return this.take(this.uint8() * 2).toString("utf16le");
  }

  take(length: number): Buffer {
    const end = this.#offset + length;
    if (end > this.#bytes.length)
      throw new RangeError(`TDS message ends at ${this.#bytes.length}, wanted up to ${end}`);
    const taken = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }

  rest(): Buffer {
    return this.take(this.#bytes.length - this.#offset);
  }
}

export function uint8(value: number): Buffer {
  return Buffer.of(value);
}

export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

export function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

/** UTF-16 behind a length of one byte, in characters. */
export function shortText(text: string): Buffer {
  return Buffer.concat([uint8(text.length), Buffer.from(text, "utf16le")]);
}

/** UTF-16 behind a length of two bytes, in characters. */
export function longText(text: string): Buffer {
  return Buffer.concat([uint16(text.length), Buffer.from(text, "utf16le")]);
}
