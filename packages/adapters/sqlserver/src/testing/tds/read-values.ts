import type { ByteReader } from "./bytes.ts";

/** A value's type, as T-SQL declares it, and the value. */
export interface TypedValue {
  readonly type: string;
  readonly value: unknown;
}

type ReadType = (reader: ByteReader) => TypedValue;

/** By the type's byte on the wire. Only what the adapter and the libraries that it records through send. */
const types: { readonly [tag: number]: ReadType } = {
  36: (reader) => numbered(reader, { 16: "uniqueidentifier" }, guidText),
  38: (reader) => numbered(reader, { 1: "tinyint", 2: "smallint", 4: "int", 8: "bigint" }, integer),
  104: (reader) => numbered(reader, { 1: "bit" }, (bytes) => bytes.readUInt8() === 1),
  109: (reader) =>
    numbered(reader, { 4: "real", 8: "float" }, (bytes) =>
      bytes.length === 4 ? bytes.readFloatLE() : bytes.readDoubleLE(),
    ),
  165: (reader) => sized(reader, "varbinary", 1, (bytes) => bytes),
  167: (reader) => sized(reader, "varchar", 1, (bytes) => bytes.toString("latin1")),
  231: (reader) => sized(reader, "nvarchar", 2, (bytes) => bytes.toString("utf16le")),
};

export function readTypedValue(reader: ByteReader): TypedValue {
  const tag = reader.uint8();
  const read = types[tag];
  if (read === undefined) throw new TypeError(`The double cannot read parameters of type 0x${tag.toString(16)}`);
  return read(reader);
}

/** Types whose name depends on their width in bytes. */
function numbered(
  reader: ByteReader,
  names: { readonly [width: number]: string },
  decode: (bytes: Buffer) => unknown,
): TypedValue {
  const type = names[reader.uint8()] ?? "?";
  const length = reader.uint8();
  return { type, value: length === 0 ? null : decode(reader.take(length)) };
}

function integer(bytes: Buffer): number | string {
  if (bytes.length === 8) return String(bytes.readBigInt64LE());
  return bytes.readIntLE(0, bytes.length);
}

const unlimited = 0xffff;
const collationBytes = 5;

function sized(reader: ByteReader, name: string, width: 1 | 2, decode: (bytes: Buffer) => unknown): TypedValue {
  const most = reader.uint16();
  if (name !== "varbinary") reader.take(collationBytes);
  const bytes = most === unlimited ? chunks(reader) : wordSized(reader);
  const type = `${name}(${most === unlimited ? "max" : most / width})`;
  return { type, value: bytes === undefined ? null : decode(bytes) };
}

function wordSized(reader: ByteReader): Buffer | undefined {
  const length = reader.uint16();
  return length === 0xffff ? undefined : reader.take(length);
}

/** A value of a type without a limit: its length, which may be unknown, and chunks up to an empty one. */
function chunks(reader: ByteReader): Buffer | undefined {
  if (reader.uint64() === 0xffff_ffff_ffff_ffffn) return undefined;
  const parts: Buffer[] = [];
  for (let length = reader.uint32(); length > 0; length = reader.uint32()) parts.push(reader.take(length));
  return Buffer.concat(parts);
}

function guidText(bytes: Buffer): string {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  const hex = order.map((index) => bytes.readUInt8(index).toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
