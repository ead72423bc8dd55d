/**
 * Times as the server wrote them by `timeFormat`, as ISO 8601. Oracle's years have no zero and a sign in front; years before
 * Christ take the expanded form, in which 1 BC is the year 0.
 */
export const dateFormat = `'SYYYY-MM-DD"T"HH24:MI:SS'`;
export const timestampFormat = `'SYYYY-MM-DD"T"HH24:MI:SS.FF9'`;

/**
 * A DATE of Oracle has a time of day. At midnight it is written as a date alone: most columns of the type hold nothing but
 * days. Who wants a time in any case says so in the query, with TO_CHAR or CAST(… AS TIMESTAMP).
 */
export function dateText(text: string): string {
  return withYear(text.endsWith("T00:00:00") ? text.slice(0, -9) : text);
}

/** With the nine places of `timestampFormat`, less the zeros at their end. A time without a zone stays without. */
export function timestampText(text: string): string {
  return withYear(text.replace(/(?:\.|(?<![.0]))0+$/, ""));
}

export function timestampUtcText(text: string): string {
  return `${timestampText(text)}Z`;
}

function withYear(text: string): string {
  const [, sign, digits = "", rest = ""] = /^([ -]?)(\d+)(.*)$/.exec(text) ?? [];
  if (sign !== "-") return `${digits}${rest}`;
  const year = Number(digits) - 1;
  return year === 0 ? `0000${rest}` : `-${String(year).padStart(6, "0")}${rest}`;
}
