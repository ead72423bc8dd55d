import { int32, int64, shortText, uint8, uint16, uint32, uint64 } from "./bytes.ts";
import type { TdsColumn, TdsResult } from "./call.ts";
import { dayBytes, instantOf, timeBytes, unsignedBytes } from "./time-values.ts";
import { collation } from "./tokens.ts";

/** How a column of a type is announced, and its values are written. */
interface ColumnFormat {
  readonly announcement: Buffer;
  /** What stands before a value says how long it is; `chunks` is for types without a limit. */
  readonly length: "byte" | "word" | "chunks";
  bytes(value: unknown): Buffer;
}

interface Declared {
  readonly name: string;
  readonly size: number | "max";
  readonly scale: number;
}

const declaration = /^([a-z]+[a-z0-9]*)(?:\((\d+|max)(?:, ?(\d+))?\))?$/;

function declared(type: string): Declared {
  const match = declaration.exec(type);
  if (match === null) throw new TypeError(`Not a type of T-SQL: ${type}`);
  const [, name = "", size = "0", scale = "0"] = match;
  return { name, size: size === "max" ? "max" : Number(size), scale: Number(scale) };
}

const text = (value: unknown) => String(value);
const big = (value: unknown) => BigInt(value as string | number | bigint | boolean);

function plain(tag: number[], bytes: (value: unknown) => Buffer): ColumnFormat {
  return { announcement: Buffer.from(tag), length: "byte", bytes };
}

const formats: { readonly [name: string]: (type: Declared) => ColumnFormat } = {
  tinyint: () => plain([0x26, 1], (value) => unsignedBytes(big(value), 1)),
  smallint: () => plain([0x26, 2], (value) => unsignedBytes(BigInt.asUintN(16, big(value)), 2)),
  int: () => plain([0x26, 4], (value) => int32(Number(value))),
  bigint: () => plain([0x26, 8], (value) => int64(big(value))),
  bit: () => plain([0x68, 1], (value) => uint8(Number(value))),
  real: () => plain([0x6d, 4], (value) => floatBytes(Number(value), 4)),
  float: () => plain([0x6d, 8], (value) => floatBytes(Number(value), 8)),
  money: () => plain([0x6e, 8], moneyBytes),
  uniqueidentifier: () => plain([0x24, 16], (value) => guidBytes(text(value))),
  decimal: decimalFormat,
  numeric: decimalFormat,
  date: () => plain([0x28], (value) => dayBytes(instantOf(text(value)))),
  datetime: () => plain([0x6f, 8], (value) => datetimeBytes(text(value))),
  time: ({ size }) => plain([0x29, Number(size)], (value) => timeBytes(instantOf(text(value)), Number(size))),
  datetime2: ({ size }) => plain([0x2a, Number(size)], (value) => datetime2Bytes(text(value), Number(size))),
  datetimeoffset: ({ size }) =>
    plain([0x2b, Number(size)], (value) => {
      const zone = Buffer.alloc(2);
      zone.writeInt16LE(instantOf(text(value)).offsetMinutes);
      return Buffer.concat([datetime2Bytes(text(value), Number(size)), zone]);
    }),
  nvarchar: ({ size }) => long(0xe7, size, 2, collation, (value) => Buffer.from(text(value), "utf16le")),
  varchar: ({ size }) => long(0xa7, size, 1, collation, (value) => Buffer.from(text(value), "latin1")),
  varbinary: ({ size }) => long(0xa5, size, 1, Buffer.alloc(0), (value) => Buffer.from(value as Uint8Array)),
};

function formatOf({ type }: TdsColumn): ColumnFormat {
  const parsed = declared(type);
  const format = formats[parsed.name];
  if (format === undefined) throw new TypeError(`The double does not know the type ${type}`);
  return format(parsed);
}

function long(
  tag: number,
  size: number | "max",
  width: number,
  ending: Buffer,
  bytes: (value: unknown) => Buffer,
): ColumnFormat {
  const most = size === "max" ? 0xffff : size * width;
  return {
    announcement: Buffer.concat([uint8(tag), uint16(most), ending]),
    length: size === "max" ? "chunks" : "word",
    bytes,
  };
}

function decimalFormat({ size, scale }: Declared): ColumnFormat {
  const precision = Number(size);
  const length = precision <= 9 ? 5 : precision <= 19 ? 9 : precision <= 28 ? 13 : 17;
  return plain([0x6a, length, precision, scale], (value) => {
    const [whole = "0", fraction = ""] = text(value).replace("-", "").split(".");
    const digits = BigInt(whole + fraction.padEnd(scale, "0").slice(0, scale));
    return Buffer.concat([uint8(text(value).startsWith("-") ? 0 : 1), unsignedBytes(digits, length - 1)]);
  });
}

function moneyBytes(value: unknown): Buffer {
  const units = BigInt(Math.round(Number(value) * 10_000));
  return Buffer.concat([int32(Number(units >> 32n)), uint32(Number(units & 0xffffffffn))]);
}

function floatBytes(value: number, length: 4 | 8): Buffer {
  const bytes = Buffer.alloc(length);
  if (length === 4) bytes.writeFloatLE(value);
  else bytes.writeDoubleLE(value);
  return bytes;
}

/** The first three groups are numbers, and so little-endian. */
export function guidBytes(guid: string): Buffer {
  const bytes = Buffer.from(guid.replaceAll("-", ""), "hex");
  const turned = [3, 2, 1, 0, 5, 4, 7, 6].map((index) => bytes.readUInt8(index));
  return Buffer.concat([Buffer.from(turned), bytes.subarray(8)]);
}

function datetime2Bytes(value: string, scale: number): Buffer {
  const instant = instantOf(value);
  return Buffer.concat([timeBytes(instant, scale), dayBytes(instant)]);
}

/** Days since 1900 and three hundredths of a second. */
function datetimeBytes(value: string): Buffer {
  const { days, ticks } = instantOf(value);
  const from1900 = days - instantOf("1900-01-01").days;
  return Buffer.concat([int32(from1900), uint32(Math.round(Number(ticks) / 10_000 / (10 / 3)))]);
}

/** Announces the columns and writes the rows of one result set. */
export function resultTokens({ columns, rows }: TdsResult): Buffer {
  const known = columns.map((column) => ({ name: column.name, ...formatOf(column) }));
  const nullable = 0x0001;
  const announced = known.map((column) =>
    Buffer.concat([uint32(0), uint16(nullable), column.announcement, shortText(column.name)]),
  );
  const written = rows.flatMap((row) => [uint8(0xd1), ...known.map((format, index) => valueBytes(format, row[index]))]);
  return Buffer.concat([uint8(0x81), uint16(columns.length), ...announced, ...written]);
}

function valueBytes(format: ColumnFormat, value: unknown): Buffer {
  if (value === null || value === undefined) return nothing[format.length];
  const bytes = format.bytes(value);
  if (format.length === "byte") return Buffer.concat([uint8(bytes.length), bytes]);
  if (format.length === "word") return Buffer.concat([uint16(bytes.length), bytes]);
  const chunk = bytes.length === 0 ? [] : [uint32(bytes.length), bytes];
  return Buffer.concat([uint64(BigInt(bytes.length)), ...chunk, uint32(0)]);
}

const nothing = { byte: uint8(0), word: uint16(0xffff), chunks: uint64(0xffff_ffff_ffff_ffffn) } as const;
