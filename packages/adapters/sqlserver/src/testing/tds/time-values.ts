const dayMs = 86_400_000;
const ticksPerSecond = 10_000_000n;

/** An instant as TDS keeps it. */
export interface Instant {
  /** Whole days since 0001-01-01. */
  readonly days: number;
  /** Tenths of microseconds since midnight. */
  readonly ticks: bigint;
  readonly offsetMinutes: number;
}

const isoForm = /^(?:(\d{4}-\d{2}-\d{2}))?T?(?:(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,7}))?)?(?:Z|([+-]\d{2}):(\d{2}))?$/;

/** ISO 8601 with up to seven decimals; the time or the day may be missing. What stands with an offset is turned to UTC. */
export function instantOf(text: string): Instant {
  const match = isoForm.exec(text);
  if (match === null) throw new TypeError(`Not an ISO time: ${text}`);
  const [, day = "1900-01-01", hours = "0", minutes = "0", seconds = "0", fraction = "", zone, zoneMinutes = "0"] =
    match;
  const offsetMinutes = zone === undefined ? 0 : Number(zone) * 60 + Math.sign(Number(zone)) * Number(zoneMinutes);
  const whole =
    Date.parse(`${day}T00:00:00Z`) +
    ((Number(hours) * 60 + Number(minutes) - offsetMinutes) * 60 + Number(seconds)) * 1000;
  const midnight = Math.floor(whole / dayMs) * dayMs;
  return {
    days: (midnight - Date.parse("0001-01-01T00:00:00Z")) / dayMs,
    ticks: BigInt((whole - midnight) / 1000) * ticksPerSecond + BigInt(fraction.padEnd(7, "0")),
    offsetMinutes,
  };
}

/** The time of day in the unit of a scale of 0–7 decimals, in as many bytes as that takes. */
export function timeBytes({ ticks }: Instant, scale: number): Buffer {
  return unsignedBytes(ticks / 10n ** BigInt(7 - scale), scale <= 2 ? 3 : scale <= 4 ? 4 : 5);
}

export function dayBytes({ days }: Instant): Buffer {
  return unsignedBytes(BigInt(days), 3);
}

export function unsignedBytes(value: bigint, length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn)));
}
