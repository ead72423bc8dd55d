import type { FieldType } from "./category-definition.ts";
import type { ConditionValue } from "./condition-value.ts";
import { ExactNumber } from "./exact-json.ts";

/** A value as it came: from code, or from JSON text with its numbers unparsed. */
export type RawValue = unknown | ExactNumber;

/** The canonical value, or one sentence that says why there is none. */
export type Canonical = { readonly value: ConditionValue } | { readonly refused: string };

/** The canonical form of a value for a field of this type. See the table at `FieldType`. */
export function canonicalValue(type: FieldType, raw: RawValue): Canonical {
  if (raw === undefined) return { refused: "It is missing." };
  if (raw === null) return { refused: "A key value cannot be null." };
  if (!(raw instanceof ExactNumber)) return readers[type](raw);
  return numeric.has(type)
    ? readers[type](raw.number)
    : { refused: `It must not be a number (${raw.number.slice(0, 40)}).` };
}

const numeric: ReadonlySet<FieldType> = new Set<FieldType>(["integer", "bigint", "decimal"]);

type Reader = (raw: unknown) => Canonical;

const readers: { readonly [Type in FieldType]: Reader } = {
  string: (raw) => {
    if (typeof raw !== "string") return refuse("a string", raw);
    if (raw.includes("\u0000")) return { refused: "It contains U+0000, which databases cannot store." };
    return raw.isWellFormed() ? { value: raw } : { refused: "It contains half of a surrogate pair." };
  },
  integer: (raw) => {
    const digits = wholeDigits(raw);
    if (digits === undefined) return refuse("an integer", raw);
    const value = Number(digits);
    return Number.isSafeInteger(value) ? { value } : { refused: `${digits} is beyond ±(2⁵³ − 1): make it a bigint.` };
  },
  bigint: (raw) => {
    const digits = wholeDigits(raw);
    if (digits === undefined) return refuse("an integer", raw);
    const value = BigInt(digits);
    return BigInt.asIntN(64, value) === value ? { value: digits } : { refused: `${digits} does not fit 64 bits.` };
  },
  decimal: (raw) => {
    const digits = decimalDigits(raw);
    return digits === undefined ? refuse("a decimal number", raw) : { value: digits };
  },
  boolean: (raw) => (typeof raw === "boolean" ? { value: raw } : refuse("true or false", raw)),
  uuid: (raw) => {
    const hex =
      typeof raw === "string"
        ? raw
            .replace(/^\{(.*)\}$/, "$1")
            .replaceAll("-", "")
            .toLowerCase()
        : "";
    if (!/^[0-9a-f]{32}$/.test(hex)) return refuse("a UUID", raw);
    return { value: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5") };
  },
  date: (raw) => {
    const match = typeof raw === "string" ? /^(\d{4})-(\d{2})-(\d{2})$/.exec(raw) : null;
    return match !== null && isDay(match) ? { value: match[0] } : refuse("a date such as 2026-03-31", raw);
  },
  timestamp: (raw) => canonicalTimestamp(raw),
};

function refuse(wanted: string, raw: unknown): Canonical {
  const kind = raw instanceof Date ? "a Date" : Array.isArray(raw) ? "an array" : `a ${typeof raw}`;
  const shown =
    typeof raw === "string" || typeof raw === "number" ? ` (${JSON.stringify(String(raw).slice(0, 40))})` : "";
  return { refused: `It must be ${wanted}, not ${kind}${shown}.` };
}

/** Digits without leading zeros or plus; `-0` is `0`. */
function wholeDigits(raw: unknown): string | undefined {
  if (typeof raw === "bigint") return raw.toString();
  if (typeof raw === "number") return Number.isSafeInteger(raw) ? String(raw === 0 ? 0 : raw) : undefined;
  const digits = typeof raw === "string" ? decimalDigits(raw) : undefined;
  return digits === undefined || digits.includes(".") ? undefined : digits;
}

/** No exponent can make a key of 400 characters longer than this; more digits are refused before they are written out. */
const mostDigits = 400;

/** Plain digits: no exponent, no leading or trailing zeros, no negative zero. */
function decimalDigits(raw: unknown): string | undefined {
  if (typeof raw === "bigint") return raw.toString();
  const text = typeof raw === "number" ? String(raw) : typeof raw === "string" ? raw : "";
  const match = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text.length <= mostDigits ? text : "");
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (Math.abs(point) > mostDigits) return /^0*$/.test(digits) ? "0" : undefined;
  const padded = digits.padEnd(point, "0");
  const left = (point > 0 ? padded.slice(0, point) : "").replace(/^0+/, "");
  const right = (point > 0 ? padded.slice(point) : padded.padStart(padded.length - point, "0")).replace(
    /(?<!0)0+$/,
    "",
  );
  if (left === "" && right === "") return "0";
  return `${sign === "-" ? "-" : ""}${left === "" ? "0" : left}${right === "" ? "" : `.${right}`}`;
}

function isDay([, year = "", month = "", day = ""]: RegExpExecArray): boolean {
  // The year before 1 is 1 BC: databases have no year 0.
  if (year === "0000") return false;
  const at = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(`${year}-${month}-${day}`);
}

const timestampForm =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?\s?(Z|z|UTC|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)$/;

function canonicalTimestamp(raw: unknown): Canonical {
  // The microseconds of a row that was read as a Date are lost: its key would not find it.
  if (raw instanceof Date) {
    return {
      refused: "A Date keeps milliseconds only, and columns keep microseconds: read the time as text, and give that.",
    };
  }
  const wanted = "a time with its zone, such as 2026-03-31T12:00:00Z";
  const match = typeof raw === "string" ? timestampForm.exec(raw) : null;
  if (match === null || !isDay(match)) return refuse(wanted, raw);
  const [, year, month, day, hour = "", minute = "", second = "", fraction = "", zone = ""] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return refuse(wanted, raw);
  if (/[1-9]/.test(fraction.slice(6)))
    return { refused: "It is finer than a microsecond, which databases do not keep." };
  const offset = offsetMs(zone);
  if (offset === undefined) return refuse(wanted, raw);
  const utc = new Date(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - offset).toISOString();
  if (!/^\d{4}-/.test(utc)) return { refused: "In UTC, its year lies outside of 0000 to 9999." };
  const micros = fraction.slice(0, 6).replace(/(?<!0)0+$/, "");
  return { value: `${utc.slice(0, 19)}${micros === "" ? "" : `.${micros}`}Z` };
}

function offsetMs(zone: string): number | undefined {
  const match = /^([+-])(\d{2}):?(\d{2})?:?(\d{2})?$/.exec(zone);
  if (match === null) return 0;
  const [, sign, hours = "0", minutes = "0", seconds = "0"] = match;
  if (Number(hours) > 15 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const ms = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === "-" ? -ms : ms;
}
