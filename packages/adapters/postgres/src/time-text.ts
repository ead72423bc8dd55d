import { SynclineError } from "@syncline/core/spi";

/**
 * PostgreSQL's ISO date style as ISO 8601. Years beyond four digits and before Christ take the expanded form, with a
 * sign and at least six digits, in which 1 BC is the year 0. `infinity` and `-infinity` stay as they are.
 */
export function dateText(text: string): string {
  return isPlain(text) ? text : expand(text);
}

/** `2024-01-02 03:04:05.678` as `2024-01-02T03:04:05.678`: a time without a zone stays without. */
export function timestampText(text: string): string {
  return (isPlain(text) ? text : expand(text)).replace(" ", "T");
}

/** In UTC, with `Z`; microseconds are kept. Expects a session whose time zone is UTC. */
export function timestamptzText(text: string): string {
  if (text.endsWith("infinity")) return text;
  const plain = isPlain(text) ? text : expand(text);
  if (!plain.endsWith("+00")) {
    const message =
      "A time came back that is not in UTC: the query must not change the session's time zone or date style.";
    throw new SynclineError("query.invalid", message);
  }
  return `${plain.slice(0, -3).replace(" ", "T")}Z`;
}

/** A time of day with its zone, whose minutes ISO 8601 wants written out. */
export function timetzText(text: string): string {
  return /[+-]\d\d$/.test(text) ? `${text}:00` : text;
}

function isPlain(text: string): boolean {
  return text[4] === "-" && !text.endsWith("BC");
}

function expand(text: string): string {
  const match = /^(\d+)(-.*?)( BC)?$/.exec(text);
  if (match === null) return text;
  const [, digits = "", rest = "", era] = match;
  const year = era === undefined ? Number(digits) : 1 - Number(digits);
  if (year >= 0 && year <= 9999) return `${String(year).padStart(4, "0")}${rest}`;
  return `${year < 0 ? "-" : "+"}${String(Math.abs(year)).padStart(6, "0")}${rest}`;
}
