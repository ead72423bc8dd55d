import type { WireValue } from "@syncline/core/spi";
import { exactNumber } from "@syncline/core/transport-kit";
import { compareDecimals, isDecimal, plainDigits } from "./decimals.ts";

/** A value's text in XML, or why it has none. Never the value in the reason. */
export type Lexical = { readonly text: string } | { readonly reason: string };

type Write = (value: Scalar) => Lexical;
type Scalar = string | number | boolean;

const range: { readonly [type: string]: readonly [min: string | undefined, max: string | undefined] } = {
  integer: [undefined, undefined],
  long: ["-9223372036854775808", "9223372036854775807"],
  int: ["-2147483648", "2147483647"],
  short: ["-32768", "32767"],
  byte: ["-128", "127"],
  nonNegativeInteger: ["0", undefined],
  positiveInteger: ["1", undefined],
  nonPositiveInteger: [undefined, "0"],
  negativeInteger: [undefined, "-1"],
  unsignedLong: ["0", "18446744073709551615"],
  unsignedInt: ["0", "4294967295"],
  unsignedShort: ["0", "65535"],
  unsignedByte: ["0", "255"],
};

const zone = "(Z|[+-](0\\d|1[0-3]):[0-5]\\d|[+-]14:00)?";
const clock = "(([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d+)?|24:00:00(\\.0+)?)";
const day = "-?([1-9]\\d{4,}|\\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])";
const forms: { readonly [type: string]: RegExp } = {
  boolean: /^(true|false|1|0)$/,
  dateTime: new RegExp(`^${day}T${clock}${zone}$`),
  date: new RegExp(`^${day}${zone}$`),
  time: new RegExp(`^${clock}${zone}$`),
  gYear: new RegExp(`^-?([1-9]\\d{4,}|\\d{4})${zone}$`),
  gYearMonth: new RegExp(`^-?([1-9]\\d{4,}|\\d{4})-(0[1-9]|1[0-2])${zone}$`),
  gMonth: new RegExp(`^--(0[1-9]|1[0-2])${zone}$`),
  gMonthDay: new RegExp(`^--(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])${zone}$`),
  gDay: new RegExp(`^---(0[1-9]|[12]\\d|3[01])${zone}$`),
  duration: /^-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/,
  language: /^[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*$/,
  NMTOKEN: /^[\p{L}\p{N}._:\p{M}-]+$/u,
  Name: /^[\p{L}_:][\p{L}\p{N}._:\p{M}-]*$/u,
  NCName: /^[\p{L}_][\p{L}\p{N}._\p{M}-]*$/u,
};
const asNcName = ["ID", "IDREF", "ENTITY"];
const verbatim = new Set(["string", "anyType", "anySimpleType", "normalizedString"]);

const others = ["decimal", "double", "float", "base64Binary", "hexBinary", "anyURI", "token", "QName", ...asNcName];

export function isBuiltInName(name: string): boolean {
  return [forms, range].some((names) => Object.hasOwn(names, name)) || verbatim.has(name) || others.includes(name);
}

/** Types whose values are names, which need a prefix in the message. They are written as keys. */
export function isQualified(builtIn: string): boolean {
  return builtIn === "QName" || builtIn === "NOTATION";
}

/** What texts for `xs:hexBinary` are. */
export type HexBinary = "hex" | "base64";

/** Types whose values a receiver strips of blanks and compares without them. */
export function collapses(builtIn: string): boolean {
  return !verbatim.has(builtIn);
}

export function isNumeric(builtIn: string): boolean {
  return builtIn === "decimal" || Object.hasOwn(range, builtIn);
}

export function writeBuiltIn(builtIn: string, value: WireValue): Lexical {
  if (typeof value === "object") return { reason: `is ${value === null ? "null" : "no single value"}` };
  return writerOf(builtIn)(value);
}

function writerOf(builtIn: string): Write {
  if (isNumeric(builtIn)) return (value) => numberText(builtIn, value);
  if (builtIn === "double" || builtIn === "float") return (value) => doubleText(builtIn, value);
  if (builtIn === "base64Binary") return base64Text;
  if (isQualified(builtIn)) return qualifiedName;
  const form = forms[asNcName.includes(builtIn) ? "NCName" : builtIn];
  if (form === undefined) return (value) => ({ text: typeof value === "number" ? plainDigits(value) : String(value) });
  const isDay = builtIn === "dateTime" || builtIn === "date";
  return (value) => {
    const text = String(value);
    return form.test(text) && (!isDay || isCalendarDay(text)) ? { text } : { reason: `is no xs:${builtIn}` };
  };
}

function numberText(builtIn: string, value: Scalar): Lexical {
  if (typeof value === "boolean") return { reason: `is a boolean, and no xs:${builtIn}` };
  const text = typeof value === "number" ? plainDigits(value) : value;
  if (!isDecimal(text)) return { reason: `is no xs:${builtIn}` };
  const bounds = Object.hasOwn(range, builtIn) ? range[builtIn] : undefined;
  if (bounds === undefined) return { text };
  if (!/^[+-]?\d+$/.test(text)) return { reason: `is no xs:${builtIn}` };
  if (typeof value === "number" && !Number.isSafeInteger(value))
    return { reason: "is a number beyond 2⁵³, whose last digits were lost before: send it as a text" };
  const [min, max] = bounds;
  const isOut =
    (min !== undefined && compareDecimals(text, min) < 0) || (max !== undefined && compareDecimals(text, max) > 0);
  return isOut ? { reason: `is out of the range of xs:${builtIn}` } : { text };
}

/** A text is a number of exactly these digits, and a double that rounds them says something else. A float rounds by nature. */
function doubleText(builtIn: string, value: Scalar): Lexical {
  if (typeof value === "boolean") return { reason: `is a boolean, and no xs:${builtIn}` };
  const text = String(value);
  if (/^(-?INF|NaN)$/.test(text)) return { text };
  const infinite = /^(-?)Infinity$/.exec(text);
  if (infinite !== null) return { text: `${infinite[1]}INF` };
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text)) return { reason: `is no xs:${builtIn}` };
  const isLossy = builtIn === "double" && typeof value === "string" && exactNumber(value) === undefined;
  return isLossy ? { reason: "has more digits than an xs:double holds" } : { text: text.replace("e+", "e") };
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const hexadecimal = /^(?:[0-9A-Fa-f]{2})*$/;

/** Documents hold bytes as base64. */
function base64Text(value: Scalar): Lexical {
  return typeof value === "string" && base64.test(value)
    ? { text: value }
    : { reason: "is no base64, as bytes are in documents" };
}

// Random bytes whose base64 has only hexadecimal digits, 32 of them, are met once in 10¹⁵ times.
const surelyHex = /^(?=.*[0-9])[0-9A-Fa-f]{32,}$/;

/** What a text may mean for `xs:hexBinary`: bytes, which documents hold as base64, or hexadecimal digits. */
export function hexTexts(value: WireValue, told: HexBinary | undefined): readonly string[] {
  if (typeof value !== "string") return [];
  const digits = hexadecimal.test(value) && told !== "base64" ? [value] : [];
  if (told === "hex" || (told === undefined && surelyHex.test(value) && digits.length > 0)) return digits;
  return base64.test(value) ? [...digits, Buffer.from(value, "base64").toString("hex").toUpperCase()] : digits;
}

/** As a key. */
function qualifiedName(value: Scalar): Lexical {
  return /^(?:\{[^{}]*\})?[\p{L}_][\p{L}\p{N}._\p{M}-]*$/u.test(String(value))
    ? { text: String(value) }
    : { reason: "is no xs:QName" };
}

function isCalendarDay(text: string): boolean {
  const [, year = "", month = "", date = ""] = /^-?(\d+)-(\d\d)-(\d\d)/.exec(text) ?? [];
  if (/^0+$/.test(year)) return false;
  // The calendar repeats every 400 years, and Date counts years below 100 otherwise.
  const days = new Date(Date.UTC(2000 + (Number(year.slice(-4)) % 400), Number(month), 0)).getUTCDate();
  return Number(date) <= days;
}
