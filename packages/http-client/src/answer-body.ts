import zlib, { type InputType, type ZlibOptions } from "node:zlib";
import type { HttpAnswer, HttpHeaders } from "./http-client.ts";

type Unpack = (packed: InputType, options: ZlibOptions) => Buffer;

// Node has zstd from 22.15 on.
const { zstdDecompressSync } = zlib as { readonly zstdDecompressSync?: Unpack };
const unpackers: { readonly [coding: string]: Unpack | undefined } = {
  gzip: zlib.gunzipSync,
  "x-gzip": zlib.gunzipSync,
  deflate: (packed, options) =>
    (isZlib(packed as Uint8Array) ? zlib.inflateSync : zlib.inflateRawSync)(packed, options),
  br: zlib.brotliDecompressSync,
  zstd: zstdDecompressSync,
};
const mostCodings = 4;

/**
 * The body as it was before it was packed: servers, and what stands before them, compress whatever
 * was asked for. `undefined` where it cannot be unpacked, or is longer than `mostBytes` then.
 */
export function unpackedBody({ headers, body }: HttpAnswer, mostBytes: number): Uint8Array | undefined {
  const codings = codingsOf(headers["content-encoding"]);
  if (codings.length > mostCodings) return undefined;
  let content: Uint8Array | undefined = body;
  for (const coding of codings.reverse()) content = content && unpacked(coding, content, mostBytes);
  // Packed without a word.
  return content !== undefined && isGzip(content) ? unpacked("gzip", content, mostBytes) : content;
}

function codingsOf(value: HttpHeaders[string]): string[] {
  if (value === undefined) return [];
  const codings = String(value).toLowerCase().split(",");
  return codings.map((coding) => coding.trim()).filter((coding) => coding !== "" && coding !== "identity");
}

function unpacked(coding: string, body: Uint8Array, mostBytes: number): Uint8Array | undefined {
  const unpack = Object.hasOwn(unpackers, coding) ? unpackers[coding] : asItIs;
  if (body.length === 0 || isDocument(body)) return body;
  try {
    return unpack?.(body, { maxOutputLength: mostBytes });
  } catch {
    // Something on the way may have unpacked it without saying so.
    return isText(body) ? body : undefined;
  }
}

/** What is no coding, such as "utf-8". */
const asItIs: Unpack = (body) => body as Buffer;

/** No packed stream of any use begins as documents of JSON and XML do. */
function isDocument(body: Uint8Array): boolean {
  return /^(?:\{[\s"}]|<[?!\w])/.test(beginningOf(body, 2));
}

function isGzip([first, second]: Uint8Array): boolean {
  return first === 0x1f && second === 0x8b;
}

/** Deflate is meant to come in zlib's frame, and often comes without. */
function isZlib([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}

function isText(body: Uint8Array): boolean {
  return /^[\t\n\r\x20-\x7e]*$/.test(beginningOf(body, 64));
}

function beginningOf(body: Uint8Array, bytes: number): string {
  return Buffer.from(body.subarray(0, bytes)).toString("latin1");
}

/**
 * A document of JSON or XML as text, without its byte order mark. Such documents begin with a
 * character of ASCII, so that zeros tell UTF-16 where nothing else does, and their absence tells
 * that it is none, whatever `charset` says. Throws a `RangeError` for a charset that is not known, and
 * with `isStrict` a `TypeError` for bytes that are none of its characters.
 */
export function decodeText(body: Uint8Array, charset = "utf-8", isStrict = false): string {
  const [first, second, third] = body;
  const isLittle = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0);
  const isBig = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0);
  const rules = { fatal: isStrict };
  if (isLittle || isBig) return new TextDecoder(isLittle ? "utf-16le" : "utf-16be", rules).decode(body);
  if (first === 0xef && second === 0xbb && third === 0xbf) return new TextDecoder("utf-8", rules).decode(body);
  const isUtf8 = /^(?:utf-?8|us-ascii|utf-?16.*|ucs-?2|utf-?32.*)$/i.test(charset);
  if (isUtf8 && !isStrict) return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  return new TextDecoder(isUtf8 ? "utf-8" : charset, rules).decode(body);
}

/** What a Content-Type says of it. */
export function charsetOf(contentType: HttpHeaders[string]): string | undefined {
  return /;\s*charset\s*=\s*["']?([\w.:-]+)/i.exec(String(contentType ?? ""))?.[1];
}
