/** Names in lower case. */
export type WaitHeaders = { readonly [name: string]: string | readonly string[] | undefined };

const months = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec";
// RFC 9110 §5.6.7: the preferred form and the two obsolete ones begin with the day's name. Date.parse alone would take
// "7 apples" for a date.
const httpDate = new RegExp(`^[A-Z][a-z]{2,8},? .*(${months})`);
const isoDate = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/;
const zone = /(?:\b[A-Z]{1,4}|[+-]\d\d:?\d\d|Z)$/;
/**
 * So many seconds are 30 years: a moment since 1970, and no duration. From 10^12 on they are
 * milliseconds.
 */
const leastMoment = 1e9;

/**
 * How long the answer asks to wait, in milliseconds, from seconds or a date. A date is compared
 * with the answer's own, whose clock it was written by. `undefined` when it says nothing, or no
 * time: zero and the past are no wish.
 */
export function parseRetryAfter(headers: WaitHeaders, now: number): number | undefined {
  return parseWait(headerText(headers, "retry-after"), headers, now);
}

/** The same of any text of an answer. `ms`: a number is of milliseconds. */
export function parseWait(text: string, headers: WaitHeaders, now: number, unit?: "ms"): number | undefined {
  const duration = durationOf(text);
  if (duration !== undefined) return wishOf(duration);
  // Proxies join a header that came twice.
  const twice = repeated.exec(text)?.[1];
  if (twice !== undefined) return parseWait(twice, headers, now, unit);
  if (!/^\d{1,16}(\.\d+)?$/.test(text)) return wishOf(dateOf(text) - clockOf(headers, now));
  const number = Number(text);
  if (unit === "ms") return wishOf(number < leastMoment * 1000 ? Math.ceil(number) : number - clockOf(headers, now));
  if (number < leastMoment) return wishOf(Math.ceil(number * 1000));
  return wishOf(number * (number < leastMoment * 1000 ? 1000 : 1) - clockOf(headers, now));
}

/** `name`: in lower case. The first, where it came more than once. */
export function headerText(headers: WaitHeaders, name: string): string {
  const value = headers[name];
  return (typeof value === "string" ? value : value?.[0])?.trim() ?? "";
}

const unitsMs: { readonly [unit: string]: number } = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const duration = /^(?:\d{1,9}(?:\.\d{1,9})?(?:ms|[dhms])){1,5}$/;
const repeated = /^(\d{1,16}(?:\.\d+)?)(?:, ?\1)+$/;

/** As Go and many clients write them: `6m0s`, `500ms`, `1.5s`. */
function durationOf(text: string): number | undefined {
  if (!duration.test(text)) return undefined;
  let ms = 0;
  for (const [, number, unit = ""] of text.matchAll(/(\d{1,9}(?:\.\d{1,9})?)(ms|[dhms])/g))
    ms += Number(number) * (unitsMs[unit] ?? 0);
  return Math.ceil(ms);
}

function wishOf(ms: number): number | undefined {
  return ms > 0 && Number.isFinite(ms) ? ms : undefined;
}

function clockOf(headers: WaitHeaders, now: number): number {
  const told = dateOf(headerText(headers, "date"));
  return Number.isNaN(told) ? now : told;
}

/** Dates of HTTP are in GMT, said or not: `Date.parse` would take them for local time. */
function dateOf(text: string): number {
  if (!httpDate.test(text) && !isoDate.test(text)) return Number.NaN;
  return Date.parse(zone.test(text) ? text : isoDate.test(text) ? `${text}Z` : `${text} GMT`);
}
