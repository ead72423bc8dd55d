import { uint8, uint32 } from "./bytes.ts";

const hourOfZone = 20;
const minuteOfZone = 60;
const intervalMiddle = 0x80000000;
const intervalPart = 60;

/** Of an ISO text: a date, or a date and a time, with a zone where the type has one. */
export function encodeTime(type: string, text: string): Buffer {
  const [, date = "", clock = "00:00:00", fraction = "", zone] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const moment = new Date(`${date}T${clock}${zone ?? "Z"}`);
  if (Number.isNaN(moment.valueOf())) throw new TypeError(`"${text}" is no ${type}.`);
  const year = moment.getUTCFullYear();
  const day = uint8(Math.trunc(year / 100) + 100, (year % 100) + 100, moment.getUTCMonth() + 1, moment.getUTCDate());
  const seconds = Buffer.concat([
    day,
    uint8(moment.getUTCHours() + 1, moment.getUTCMinutes() + 1, moment.getUTCSeconds() + 1),
  ]);
  if (type === "DATE") return seconds;
  const exact = Buffer.concat([seconds, uint32(Number(fraction.padEnd(9, "0").slice(0, 9)))]);
  return type === "TIMESTAMP WITH TIME ZONE" ? Buffer.concat([exact, uint8(hourOfZone, minuteOfZone)]) : exact;
}

/** An ISO text; in UTC and with a `Z` if the type has a zone. */
export function decodeTime(type: string, bytes: Buffer): string {
  const [century = 0, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = bytes;
  const nanoseconds = bytes.length >= 11 ? bytes.readUInt32BE(7) : 0;
  const date = [(century - 100) * 100 + year - 100, month, day].map(twoDigits).join("-");
  const clock = [hour - 1, minute - 1, second - 1].map(twoDigits).join(":");
  const fraction = nanoseconds === 0 ? "" : `.${String(nanoseconds).padStart(9, "0").replace(/0+$/, "")}`;
  return `${date}T${clock}${fraction}${type.includes("ZONE") ? "Z" : ""}`;
}

function twoDigits(part: number): string {
  return String(part).padStart(2, "0");
}

/** Of an ISO 8601 duration such as `-P1DT2H3M4.5S` or `P1Y2M`. */
export function encodeInterval(type: string, text: string): Buffer {
  const parts = /^(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,9}))?S)?)?$/.exec(
    text,
  );
  if (parts === null) throw new TypeError(`"${text}" is no ${type}.`);
  const [, sign, years, months, days, hours, minutes, seconds, fraction = ""] = parts;
  const signed = (digits: string | undefined) => Number(digits ?? 0) * (sign === "-" ? -1 : 1);
  if (type === "INTERVAL YEAR TO MONTH")
    return Buffer.concat([uint32(intervalMiddle + signed(years)), uint8(intervalPart + signed(months))]);
  return Buffer.concat([
    uint32(intervalMiddle + signed(days)),
    uint8(intervalPart + signed(hours), intervalPart + signed(minutes), intervalPart + signed(seconds)),
    uint32(intervalMiddle + signed(fraction.padEnd(9, "0"))),
  ]);
}
