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

/** Milliseconds since a time; NULL without one. */
export function ageMs(time: string): string {
  return `GREATEST(0, ${millisecondsOf(`(SYSTIMESTAMP - ${time})`)})`;
}

export function millisecondsOf(interval: string): string {
  return `ROUND((${secondsOf(interval)}) * 1000)`;
}

/** Of the interval since then. */
export function microsecondsSince1970(age: string): string {
  return `(${secondsOf(age)}) * 1000000`;
}

/** From its fields: the difference of two times is no number in Oracle. */
function secondsOf(interval: string): string {
  return [
    `EXTRACT(DAY FROM ${interval}) * 86400`,
    `EXTRACT(HOUR FROM ${interval}) * 3600`,
    `EXTRACT(MINUTE FROM ${interval}) * 60`,
    `EXTRACT(SECOND FROM ${interval})`,
  ].join(" + ");
}
