import zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import { charsetOf, decodeText, unpackedBody } from "./answer-body.ts";

const good = '{"ok":true,"text":"für 木"}';
const long = JSON.stringify({ ok: true, list: Array.from({ length: 20_000 }, (_, n) => n * 7919) });
const { zstdCompressSync } = zlib as { readonly zstdCompressSync?: (text: string) => Buffer };

function unpack(body: Uint8Array | string, coding?: string | readonly string[], mostBytes = 1_000_000) {
  const headers = coding === undefined ? {} : { "content-encoding": coding };
  const found = unpackedBody({ status: 200, headers, body: Buffer.from(body), truncated: false }, mostBytes);
  return found === undefined ? undefined : Buffer.from(found).toString();
}

describe("a packed body", () => {
  it.each([good, long, "[1]", "OK", '\n{"ok":true}', "\ufeff{}"])("is unpacked: %#", (text) => {
    expect(unpack(zlib.gzipSync(text), "gzip")).toBe(text);
    expect(unpack(zlib.gzipSync(text), " X-GZip ")).toBe(text);
    expect(unpack(zlib.gzipSync(text))).toBe(text);
    expect(unpack(zlib.gzipSync(text), "identity")).toBe(text);
    expect(unpack(zlib.deflateSync(text), "deflate")).toBe(text);
    expect(unpack(zlib.deflateRawSync(text), "deflate")).toBe(text);
    expect(unpack(zlib.brotliCompressSync(text), "br")).toBe(text);
    expect(unpack(zlib.gzipSync(zlib.brotliCompressSync(text)), "br, gzip")).toBe(text);
    expect(unpack(zlib.gzipSync(zlib.gzipSync(text)), ["gzip", "gzip"])).toBe(text);
    expect(unpack(zlib.gzipSync(zlib.gzipSync(text)), "gzip")).toBe(text);
  });

  it.runIf(zstdCompressSync !== undefined)("is unpacked by zstd where Node has it", () => {
    expect(unpack(zstdCompressSync?.(good) ?? "", "zstd")).toBe(good);
  });

  it.each(["gzip", "deflate", "br", "utf-8", "aws-chunked", "constructor", "identity", ""])(
    "that is not packed is what it is, though it is called %j",
    (coding) => {
      for (const text of [good, "[1,2]", "OK", "<a/>", "", ' {"a":1}']) expect(unpack(text, coding)).toBe(text);
    },
  );

  it.each(["gzip", "deflate", "br"])("by %s is none where it breaks off, or is nonsense", (coding) => {
    const packed = { gzip: zlib.gzipSync, deflate: zlib.deflateSync, br: zlib.brotliCompressSync }[coding];
    expect(unpack(packed?.(good).subarray(0, 20) ?? "", coding)).toBeUndefined();
    expect(unpack(Buffer.from([0x1f, 0x8b, 255, 1, 2, 3]), coding)).toBeUndefined();
  });

  it("is none beyond the limit: a bomb stays packed", () => {
    const bomb = Buffer.alloc(64 << 20, 0x20);
    expect(unpack(zlib.gzipSync(bomb), "gzip")).toBeUndefined();
    expect(unpack(zlib.gzipSync(bomb))).toBeUndefined();
    expect(unpack(zlib.brotliCompressSync(Buffer.alloc(4 << 20)), "br")).toBeUndefined();
    expect(unpack(good, "gzip,".repeat(10_000))).toBeUndefined();
    expect(unpack(zlib.gzipSync(good), "gzip", good.length + 3)).toBe(good);
  });
});

describe("a text", () => {
  const utf16 = Buffer.from(good, "utf16le");
  const mark = Buffer.from("\ufeff", "utf16le");

  it("is read by its mark, by its zeros, by its charset", () => {
    expect(decodeText(Buffer.from(good))).toBe(good);
    expect(decodeText(Buffer.from(`\ufeff${good}`))).toBe(good);
    expect(decodeText(Buffer.from(`\ufeff${good}`), "iso-8859-1")).toBe(good);
    expect(decodeText(utf16)).toBe(good);
    expect(decodeText(utf16, "utf-8")).toBe(good);
    expect(decodeText(Buffer.concat([mark, utf16]), "utf-16")).toBe(good);
    expect(decodeText(Buffer.from(utf16).swap16(), "utf-16")).toBe(good);
    expect(decodeText(Buffer.concat([mark, utf16]).swap16())).toBe(good);
    expect(decodeText(Buffer.from("für", "latin1"), "iso-8859-1")).toBe("für");
    expect(decodeText(Buffer.from([0x8f, 0xac]), "shift_jis")).toBe("小");
    expect(decodeText(Buffer.from([]), "utf-16")).toBe("");
  });

  it("without zeros is not UTF-16, whatever is said", () => {
    for (const charset of ["utf-16", "UTF-16LE", "ucs-2", "utf-32"])
      expect(decodeText(Buffer.from(good), charset)).toBe(good);
  });

  it("of a charset that nobody knows is none", () => {
    expect(() => decodeText(Buffer.from("a"), "ebcdic-at")).toThrow(RangeError);
  });

  it.each([
    ["application/json; charset=utf-8", "utf-8"],
    ['text/json;Charset = "ISO-8859-1"; x=y', "ISO-8859-1"],
    ["text/plain; charset='utf-16'", "utf-16"],
    ["application/json", undefined],
    [undefined, undefined],
  ])("of the type %j is in %j", (type, charset) => {
    expect(charsetOf(type)).toBe(charset);
  });
});
