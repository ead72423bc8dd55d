/** What the driver makes of a time: milliseconds, and beside them what is finer, in seconds. */
interface DriverDate extends Date {
  readonly nanosecondsDelta?: number;
}

/** `2024-01-02` */
export function dateText(value: Date): string {
  return value.toISOString().slice(0, 10);
}

/** `03:04:05.678` */
export function timeText(value: Date): string {
  return `${value.toISOString().slice(11, 19)}${fraction(value)}`;
}

/** `2024-01-02T03:04:05.678`: a time without a zone stays without. */
export function dateTimeText(value: Date): string {
  return `${value.toISOString().slice(0, 19)}${fraction(value)}`;
}

/** As many digits as there are, up to the 100 nanoseconds of `datetime2(7)`. */
function fraction(value: DriverDate): string {
  const hundredNanoseconds = Math.round((value.nanosecondsDelta ?? 0) * 1e7);
  const digits = `${value.toISOString().slice(20, 23)}${String(hundredNanoseconds).padStart(4, "0")}`.replace(
    /(?<!0)0+$/,
    "",
  );
  return digits === "" ? "" : `.${digits}`;
}
