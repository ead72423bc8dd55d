/**
 * A time with its zone as ISO 8601 in UTC, with milliseconds. A text, since the driver turns times into `Date`s by the
 * process's own time zone; and through SYS_EXTRACT_UTC, so that no session setting has a say in it.
 */
export function utcText(expression: string): string {
  return `TO_CHAR(SYS_EXTRACT_UTC(${expression}), 'YYYY-MM-DD"T"HH24:MI:SS.FF3"Z"')`;
}

/** Epoch milliseconds as a time with its zone. */
export function timeOf(milliseconds: string): string {
  return `TIMESTAMP '1970-01-01 00:00:00 +00:00' + ${interval(milliseconds)}`;
}

export function interval(milliseconds: string): string {
  return `NUMTODSINTERVAL(${milliseconds} / 1000, 'SECOND')`;
}

/** Of the interval since then. From its fields: the difference of two times is no number in Oracle. */
export function microsecondsSince1970(age: string): string {
  const seconds = [
    `EXTRACT(DAY FROM ${age}) * 86400`,
    `EXTRACT(HOUR FROM ${age}) * 3600`,
    `EXTRACT(MINUTE FROM ${age}) * 60`,
    `EXTRACT(SECOND FROM ${age})`,
  ];
  return `(${seconds.join(" + ")}) * 1000000`;
}
