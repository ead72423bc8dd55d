import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import type { AnswerRules } from "@syncline/core/transport-kit";
import { describe, expect, it } from "vitest";
import { batch, failureOf, given, gone, upsert } from "./testing/calls.ts";
import { eachEngine } from "./testing/each-engine.ts";

const accepted = { status: "accepted" };
const ok: AnswerRules = { ok: { path: "success", in: [true] } };
/** Rules that explain failures, and do not say what a success is. */
const explaining: { readonly [what: string]: AnswerRules } = {
  message: { message: "error.message" },
  kinds: { kinds: { path: "error.code", map: { LIMIT: "throttled" } }, message: "error.message" },
  items: { items: { path: "errors", index: "row" } },
};
const good = '{"success":true}';
const gzip = { "content-encoding": "gzip" };

eachEngine("bodies of successes", ({ server, downstream }) => {
  const saying = (body: string | Uint8Array, headers: Record<string, string> = {}, status = 200) => {
    server().script = (_request, answer) => void answer.writeHead(status, headers).end(body);
  };
  const judged = (answer: AnswerRules, call: typeof upsert = upsert) =>
    downstream().invoke(call({ options: { answer } as never }), given().context);

  it("asks for nothing to be compressed, unless the options ask for it", async () => {
    await downstream().invoke(upsert(), given().context);
    expect(server().last.headers["accept-encoding"]).toBe("identity");
    await downstream({ headers: { "Accept-Encoding": "gzip" } }).invoke(upsert(), given().context);
    expect(server().last.headers["accept-encoding"]).toBe("gzip");
  });

  describe.each(Object.keys(explaining))("under a rule that explains failures (%s)", (what) => {
    const rules = explaining[what] ?? {};

    it.each<[string, string | Uint8Array, Record<string, string>, number]>([
      ["a 204", "", {}, 204],
      ["a 205", "", {}, 205],
      ["an empty 200", "", {}, 200],
      ["an empty 202", "", { "content-type": "application/json" }, 202],
      ["nothing that is packed", gzipSync(""), gzip, 200],
      ["a line break", "\r\n", {}, 200],
      ["OK", "OK", { "content-type": "text/plain" }, 200],
      ["XML", "<ok/>", {}, 200],
      ["packed by nobody knows whom", Buffer.from([1, 2, 3, 255]), { "content-encoding": "br" }, 200],
      ["JSON", good, {}, 200],
    ])("%s is a success", async (_, body, headers, status) => {
      saying(body, headers, status);
      expect(await judged(rules)).toEqual(accepted);
      expect(await judged(rules, gone)).toEqual(accepted);
      expect(server().received).toHaveLength(2);
    });
  });

  it("are not waited for where rules have words alone to look for", async () => {
    server().script = (_request, answer) => {
      answer.writeHead(200, { "content-length": "1000" });
      answer.write("{", () => answer.destroy());
    };
    expect(await judged({ message: "error" })).toEqual(accepted);
    server().script = (_request, answer) => void answer.writeHead(200).write("{");
    expect(await judged({ message: "error" })).toEqual(accepted);
  });

  describe("under a rule that says what a success is", () => {
    it.each<[string, string | Uint8Array, Record<string, string>]>([
      ["a byte order mark", `\ufeff${good}`, {}],
      ["UTF-16", Buffer.from(`\ufeff${good}`, "utf16le"), { "content-type": "application/json; charset=utf-16" }],
      ["UTF-16 of the other end", Buffer.from(good, "utf16le").swap16(), {}],
      [
        "Latin-1",
        Buffer.from('{"success":true,"by":"J\xfcrgen"}', "latin1"),
        { "content-type": "text/json;charset=latin1" },
      ],
      ["a charset that nobody knows", good, { "content-type": "text/json; charset=x-ours" }],
      ["a charset that it is not in", good, { "content-type": "text/json; charset=utf-16" }],
      ["gzip", gzipSync(good), gzip],
      ["gzip, without a word", gzipSync(good), {}],
      ["gzip, which it is not", good, gzip],
      ["gzip of a byte order mark", gzipSync(`\ufeff${good}`), gzip],
      ["brotli", brotliCompressSync(good), { "content-encoding": "br" }],
      ["deflate", deflateSync(good), { "content-encoding": "deflate" }],
      ["deflate without its frame", deflateRawSync(good), { "content-encoding": "deflate" }],
      ["two codings", gzipSync(deflateSync(good)), { "content-encoding": "deflate, gzip" }],
      ["another type", good, { "content-type": "text/html" }],
    ])("are read through %s", async (_, body, headers) => {
      saying(body, headers);
      expect(await judged(ok)).toEqual(accepted);
    });

    it.each([204, 205])("are not missed where the status says that there is none: %i", async (status) => {
      saying("", {}, status);
      expect(await judged(ok)).toEqual(accepted);
      expect(await judged(ok, gone)).toEqual(accepted);
    });

    it("are not missed of a delete, and are of an upsert", async () => {
      for (const status of [200, 202]) {
        saying("", {}, status);
        expect(await judged(ok, gone)).toEqual(accepted);
        expect(failureOf(await judged(ok))).toMatchObject({ kind: "transient", code: "http.answer", effect: "maybe" });
      }
      saying("<html>login</html>");
      expect(failureOf(await judged(ok, gone))).toMatchObject({ code: "http.answer" });
    });

    it("may be the word itself", async () => {
      const word: AnswerRules = { ok: { path: "", in: ["OK", "queued"] } };
      for (const body of ["OK", "OK\r\n", '"OK"', "\ufeffqueued", gzipSync("OK")]) {
        saying(body);
        expect(await judged(word)).toEqual(accepted);
      }
      for (const body of ["NO", "", "<html>OK</html>"]) {
        saying(body);
        expect(failureOf(await judged(word))).toMatchObject({ kind: "transient" });
      }
    });

    it("are needed of each item", async () => {
      const rules = { items: { path: "", ok: { path: "status", in: [200] } } };
      const both = () => batch(["1", "2"], { options: { answer: rules } });
      saying("");
      expect(failureOf(await downstream().invoke(both(), given().context)).code).toBe("http.answer");
      saying(gzipSync('\ufeff[{"status":200},{"status":422}]'), gzip);
      expect(await downstream().invoke(both(), given().context)).toMatchObject({
        status: "partial",
        failures: [{ index: 1 }],
      });
    });

    it("are no success where they come to more than is read, though they were packed", async () => {
      saying(gzipSync(good + " ".repeat(10_000_000)), gzip);
      expect(failureOf(await judged(ok))).toMatchObject({ kind: "transient", code: "http.answer", effect: "maybe" });
    });
  });

  it("lend their codes and words to failures however they are packed", async () => {
    saying(gzipSync('\ufeff{"error":{"code":"LIMIT","message":"later"}}'), gzip, 400);
    expect(failureOf(await judged(explaining.kinds ?? {}))).toMatchObject({
      kind: "throttled",
      message: "answered 400 Bad Request: later",
    });
  });

  it("are given to the downstream's own predicate as they were meant", async () => {
    const seen: unknown[] = [];
    const asked = downstream({ ok: ({ body }) => seen.push(body) > 0 });
    for (const body of [gzipSync(`\ufeff${good}`), Buffer.from("für", "latin1"), ""]) {
      saying(body, { "content-type": "text/plain; charset=iso-8859-1" });
      expect(await asked.invoke(upsert(), given().context)).toEqual(accepted);
    }
    expect(seen).toEqual([{ success: true }, "für", ""]);
  });
});
