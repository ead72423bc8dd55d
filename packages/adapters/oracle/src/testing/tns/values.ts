import { type ByteReader, sized, uint8, whole } from "./bytes.ts";
import type { TnsValue } from "./call.ts";
import { type Lobs, lobValue } from "./lobs.ts";
import { decodeNumber, encodeNumber } from "./numbers.ts";
import { isLob, type OracleType } from "./oracle-types.ts";
import { decodeTime, encodeInterval, encodeTime } from "./times.ts";

/** The most digits of a number that JavaScript's hold exactly. */
const exactDigits = 15;

/** One value of a bind. */
export function readValue(reader: ByteReader, type: OracleType, lobs: Lobs): TnsValue {
  if (type.name === "JSON") throw new Error("The double reads no binds of type JSON.");
  if (isLob(type)) {
    if (reader.whole() === 0) return null;
    const value = lobs.read(reader.sized() ?? Buffer.alloc(0));
    return type.name === "BLOB" ? value : value.toString();
  }
  const bytes = reader.sized();
  if (bytes === undefined) return null;
  if (type.form !== 0) return textOf(bytes, type);
  if (type.name === "NUMBER" || type.name === "BINARY_INTEGER") return numberOf(decodeNumber(bytes));
  if (type.name === "DATE" || type.name.startsWith("TIMESTAMP")) return decodeTime(type.name, bytes);
  if (type.name === "BINARY_DOUBLE") return withoutOrder(bytes).readDoubleBE();
  if (type.name === "BINARY_FLOAT") return withoutOrder(bytes).readFloatBE();
  return Buffer.from(bytes);
}

/** One value of a column or an OUT bind. */
export function writeValue(value: TnsValue | bigint, type: OracleType, lobs: Lobs): Buffer {
  if (isLob(type)) return value === null ? whole(0) : writeLob(value, type, lobs);
  if (value === null) return uint8(0);
  if (type.form !== 0) return sized(bytesOfText(String(value), type));
  if (Buffer.isBuffer(value)) return sized(value);
  if (type.name === "NUMBER" || type.name === "BINARY_INTEGER") return sized(encodeNumber(String(value)));
  if (type.name === "DATE" || type.name.startsWith("TIMESTAMP")) return sized(encodeTime(type.name, String(value)));
  if (type.name.startsWith("INTERVAL")) return sized(encodeInterval(type.name, String(value)));
  if (type.name === "BINARY_DOUBLE" || type.name === "BINARY_FLOAT") return sized(encodeFloat(Number(value), type));
  throw new TypeError(`The double cannot write ${String(value)} as ${type.name}.`);
}

function writeLob(value: TnsValue | bigint, type: OracleType, lobs: Lobs): Buffer {
  if (Buffer.isBuffer(value)) return lobValue(lobs.keep(value), value.length);
  if (type.name === "BLOB") throw new TypeError("A BLOB's value must be bytes.");
  const text = String(value);
  return lobValue(lobs.keep(Buffer.from(text)), text.length);
}

function numberOf(digits: string): TnsValue {
  return digits.replace(/\D/g, "").length <= exactDigits ? Number(digits) : digits;
}

function textOf(bytes: Buffer, { form }: OracleType): string {
  return form === 2 ? Buffer.from(bytes).swap16().toString("utf16le") : bytes.toString();
}

function bytesOfText(text: string, { form }: OracleType): Buffer {
  return form === 2 ? Buffer.from(text, "utf16le").swap16() : Buffer.from(text);
}

/** Such that their bytes sort as the numbers do: the sign bit turned around, and of a negative number all bits. */
function encodeFloat(value: number, { name }: OracleType): Buffer {
  const bytes = Buffer.alloc(name === "BINARY_DOUBLE" ? 8 : 4);
  if (bytes.length === 8) bytes.writeDoubleBE(value);
  else bytes.writeFloatBE(value);
  const negative = (bytes.readUInt8() & 0x80) !== 0;
  return negative ? inverted(bytes) : withFirst(bytes, bytes.readUInt8() | 0x80);
}

function withoutOrder(bytes: Buffer): Buffer {
  const positive = (bytes.readUInt8() & 0x80) !== 0;
  return positive ? withFirst(bytes, bytes.readUInt8() & 0x7f) : inverted(bytes);
}

function inverted(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => byte ^ 0xff));
}

function withFirst(bytes: Buffer, first: number): Buffer {
  return Buffer.concat([uint8(first), bytes.subarray(1)]);
}
