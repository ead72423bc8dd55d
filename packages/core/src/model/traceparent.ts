/** Of W3C's version 00, which has 55 characters. */
const length = 55;
const form = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * A W3C `traceparent`, if that is what it is. Anybody may have written it beside a change: what is
 * not well-formed is nothing, and no error.
 */
export function traceparentOf(value: unknown): string | null {
  return typeof value === "string" && value.length === length && form.test(value) ? value : null;
}
