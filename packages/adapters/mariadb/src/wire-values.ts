import { losslessNumber, parseJsonText } from "@syncline/core/adapter-kit";
import type { WireValue } from "@syncline/core/spi";

/** What the driver says of a column. */
export interface ColumnShape {
  name(): string;
  readonly columnType: number;
  readonly columnLength: number;
  readonly scale: number;
  readonly flags: number;
  /** MariaDB's JSON is a text column, of which the server says so apart. */
  isDataTypeFormatJson?(): boolean;
}

type Reader = (value: never) => WireValue;

const tiny = 1;
const float = 4;
const timestamp = 7;
const bigint = 8;
const datetime = 12;
const bit = 16;
const json = 245;
const decimal = 246;
export const geometry = 255;

/** One for each column: the value that the driver gives, never NULL, as it goes on the wire. */
export function readerOf(column: ColumnShape, numbers: "string" | "number"): Reader {
  const exact = numbers === "number" ? losslessNumber : (digits: string) => digits;
  switch (column.columnType) {
    // BOOLEAN is TINYINT(1), which may hold other numbers all the same.
    case tiny:
      return column.columnLength === 1 ? (value: number) => (value === 0 || value === 1 ? value === 1 : value) : asIs;
    case float:
      return floatOf;
    case bigint:
      return (value: bigint) => exact(String(value));
    case decimal:
      return (value: string) => exact(column.scale === parameterScale ? withoutZeros(value) : value);
    case timestamp:
      return (value: string) => `${value.replace(" ", "T")}Z`;
    case datetime:
      return (value: string) => value.replace(" ", "T");
    case bit:
      return (value: Buffer) => (column.columnLength === 1 ? value.at(-1) === 1 : exact(digitsOf(value)));
    case json:
      return jsonOf;
    default:
      return column.isDataTypeFormatJson?.() === true ? jsonOf : textOf;
  }
}

const asIs: Reader = (value: WireValue) => value;

/** A decimal key is compared as a DECIMAL of that scale. */
const parameterScale = 30;

function withoutZeros(digits: string): string {
  if (!digits.includes(".")) return digits;
  let end = digits.length;
  while (digits[end - 1] === "0") end -= 1;
  return digits.slice(0, digits[end - 1] === "." ? end - 1 : end);
}

/** The shortest number that is the same in 32 bits: 0.1, not 0.10000000149011612. */
function floatOf(value: number): WireValue {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

function digitsOf(bits: Buffer): string {
  return bits.length === 0 ? "0" : BigInt(`0x${bits.toString("hex")}`).toString();
}

function jsonOf(value: unknown): WireValue {
  return typeof value === "string" ? parseJsonText(value) : textOf(value as never);
}

/** SET comes as a list of its members, geometry as GeoJSON. */
const textOf: Reader = (value: unknown) => {
  if (Buffer.isBuffer(value)) return value.toString("base64");
  if (Array.isArray(value)) return value.join(",");
  return value as WireValue;
};
