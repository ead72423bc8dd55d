/** A length that says: chunks follow, each behind its own length, the last one empty. */
const inChunks = 0xfe;
const noValue = 0xff;
const longestShort = 0xfc;
const chunkBytes = 32_767;

/** Reads one value after the other, as TTC has them. A message that ends too early is a RangeError. */
export class ByteReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  peek(): number | undefined {
    return this.#bytes[this.#offset];
  }

  take(length: number): Buffer {
    const end = this.#offset + length;
    if (end > this.#bytes.length)
      throw new RangeError(`TTC message ends at ${this.#bytes.length}, wanted up to ${end}`);
    const taken = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }

  skip(length: number): void {
    this.take(length);
  }

  uint8(): number {
    return this.take(1).readUInt8();
  }

  /** A whole number behind its length: TTC's "UB2", "UB4" and "UB8". */
  whole(): number {
    const size = this.uint8();
    return size === 0 ? 0 : Number(BigInt(`0x${this.take(size).toString("hex")}`));
  }

  skipWholes(count: number): void {
    for (let skipped = 0; skipped < count; skipped++) this.whole();
  }

  /** Bytes behind their length; `undefined` for NULL, which an empty text is, too. */
  sized(): Buffer | undefined {
    const length = this.uint8();
    if (length === 0 || length === noValue) return undefined;
    if (length !== inChunks) return this.take(length);
    const chunks: Buffer[] = [];
    for (let size = this.whole(); size > 0; size = this.whole()) chunks.push(this.take(size));
    return Buffer.concat(chunks);
  }

  /** A text behind its length, behind its length as a whole number. */
  text(): string {
    return this.whole() === 0 ? "" : (this.sized()?.toString() ?? "");
  }
}

export function uint8(...values: readonly number[]): Buffer {
  return Buffer.from(values);
}

export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function uint16LittleEndian(value: number): Buffer {
  return uint16(value).swap16();
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A whole number behind its length. */
export function whole(value: number): Buffer {
  if (value === 0) return uint8(0);
  if (value < 0x1_00) return uint8(1, value);
  return value < 0x1_00_00 ? Buffer.concat([uint8(2), uint16(value)]) : Buffer.concat([uint8(4), uint32(value)]);
}

export function wholes(...values: readonly number[]): Buffer {
  return Buffer.concat(values.map(whole));
}

/** Bytes behind their length: in one piece if they are few. */
export function sized(bytes: Buffer | undefined): Buffer {
  if (bytes === undefined || bytes.length === 0) return uint8(0);
  if (bytes.length <= longestShort) return Buffer.concat([uint8(bytes.length), bytes]);
  const parts = [uint8(inChunks)];
  for (let offset = 0; offset < bytes.length; offset += chunkBytes) {
    const chunk = bytes.subarray(offset, offset + chunkBytes);
    parts.push(whole(chunk.length), chunk);
  }
  return Buffer.concat([...parts, whole(0)]);
}

/** What `ByteReader.text` reads. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return bytes.length === 0 ? whole(0) : Buffer.concat([whole(bytes.length), sized(bytes)]);
}
