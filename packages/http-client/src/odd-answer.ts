import type { HttpAnswer, HttpHeaders } from "./http-client.ts";

// What stands before a status that can be read: RFC 9112 §4, and what servers make of it.
const statusLine = /^HTTP\/\d(?:\.\d)? +(\d{3})(?!\d)[^\n]*\n/;
// Not 101: what follows that is no HTTP.
const interimHead = /^HTTP\/\d(?:\.\d)? +1(?!01)\d\d(?!\d)[^\n]*\n(?:[^\r\n][^\n]*\n)*\r?\n/;
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,128})[ \t]*:(.*)$/;
/** More of a head is not looked at. */
const mostHeadBytes = 65_536;

/**
 * What an answer says that no parser takes: `bytes` begin with its head, or with interim answers
 * before it. A status line that can be read is what became of the call, whatever comes after it.
 * The body counts only where it is all there beyond doubt; the connection is to be dropped in any
 * case, so that nothing after it can be taken for another answer.
 */
export function readOddAnswer(bytes: Uint8Array, maxAnswerBytes: number): HttpAnswer | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, mostHeadBytes)).toString("latin1");
  let at = 0;
  for (let interim = interimHead.exec(text); interim !== null; interim = interimHead.exec(text.slice(at)))
    at += interim[0].length;
  const line = statusLine.exec(text.slice(at));
  if (line === null) return undefined;
  const status = Number(line[1]);
  if (status < 200) return undefined;
  const head = headersIn(text, at + line[0].length);
  const length = lengthOf(head.headers);
  const body = head.end === undefined || length === undefined ? undefined : bytes.subarray(head.end, head.end + length);
  const isWhole = body !== undefined && body.length === length && length <= maxAnswerBytes;
  return { status, headers: head.headers, body: isWhole ? body : new Uint8Array(), truncated: !isWhole };
}

interface Head {
  readonly headers: HttpHeaders;
  /** Where the body begins; `undefined` if the head has no end. */
  readonly end: number | undefined;
}

function headersIn(text: string, from: number): Head {
  const values = new Map<string, string | string[]>();
  let at = from;
  for (let next = text.indexOf("\n", at); next >= 0; next = text.indexOf("\n", at)) {
    const line = text.slice(at, next).replace(/\r$/, "");
    at = next + 1;
    if (line === "") return { headers: Object.fromEntries(values), end: at };
    const [, name = "", value = ""] = headerLine.exec(line) ?? [];
    if (name !== "") add(values, name.toLowerCase(), value.trim());
  }
  return { headers: Object.fromEntries(values), end: undefined };
}

function add(values: Map<string, string | string[]>, name: string, value: string): void {
  const known = values.get(name);
  if (Array.isArray(known)) known.push(value);
  else values.set(name, known === undefined ? value : [known, value]);
}

/** Of the body: where all that the head says of it agrees. */
function lengthOf(headers: HttpHeaders): number | undefined {
  if (headers["transfer-encoding"] !== undefined) return undefined;
  const values = [headers["content-length"] ?? []].flat().flatMap((value) => value.split(","));
  const lengths = new Set(values.map((value) => value.trim()));
  const [only = ""] = lengths;
  return lengths.size === 1 && /^\d{1,10}$/.test(only) ? Number(only) : undefined;
}
