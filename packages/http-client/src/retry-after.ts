const months = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec";
// RFC 9110 §5.6.7: the preferred form and the two obsolete ones begin with the day's name. Date.parse alone would take
// "7 apples" for a date.
const httpDate = new RegExp(`^[A-Z][a-z]{2,8},? .*(${months})`);

/** Milliseconds to wait, from seconds or an HTTP date; 0 for the past; `undefined` when it says neither. */
export function parseRetryAfter(value: string | readonly string[] | undefined, now: number): number | undefined {
  const text = (typeof value === "string" ? value : value?.[0])?.trim();
  if (text === undefined) return undefined;
  if (/^-?\d{1,12}(\.\d+)?$/.test(text)) return Math.max(0, Math.ceil(Number(text) * 1000));
  if (!httpDate.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}
