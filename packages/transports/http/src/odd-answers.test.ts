import type { Socket } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { failureOf, given, upsert } from "./testing/calls.ts";
import { eachEngine } from "./testing/each-engine.ts";

const accepted = { status: "accepted" };
const ruled = upsert({ options: { answer: { ok: { path: "ok", in: [true] } } } });
const good = '{"ok":true}';
const head = (...lines: string[]) => `${["HTTP/1.1 200 OK", ...lines].join("\r\n")}\r\n\r\n`;
const sized = `content-length: ${good.length}`;

eachEngine("odd answers", ({ server, downstream }) => {
  /** The server answers so, and leaves the connection open. */
  const saying = (...parts: readonly string[]) => {
    server().script = async (_request, _answer, { socket }) => {
      for (const part of parts) await written(socket, part);
    };
  };

  describe("with a status line that can be read and a body that can be trusted", () => {
    it.each<[string, readonly string[]]>([
      ["after an unasked 100 Continue", [`HTTP/1.1 100 Continue\r\n\r\n${head(sized)}${good}`]],
      ["after an unasked 100 Continue, later", ["HTTP/1.1 100 Continue\r\n\r\n", head(sized) + good]],
      ["after several of them", [`${"HTTP/1.1 100 Continue\r\n\r\n".repeat(2)}`, head(sized) + good]],
      [
        "after 102, 103 and 100",
        [`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100\r\n\r\n${head(sized)}`, good],
      ],
      ["with a header of 20 KB", [head(`set-cookie: ${"c".repeat(20_000)}`, sized) + good]],
      [
        "with 200 KB of headers",
        [head(...Array.from({ length: 100 }, (_, n) => `x-${n}: ${"c".repeat(2_000)}`), sized), good],
      ],
      ["with LF for line ends", [`${head(sized).replaceAll("\r", "")}${good}`]],
      ["with the same Content-Length twice", [head(sized, sized) + good]],
      ["with a blank before a colon", [head("x-odd : 1", sized) + good]],
      ["with a line that is no header", [head("nonsense", sized) + good]],
      ["without a reason", [`${head(sized).replace(" OK", "")}${good}`]],
      ["without a reason and its blank", [`${head(sized).replace(" OK", " ")}${good}`]],
      ["of another version", [`${head(sized).replace("1.1", "1.2")}${good}`]],
      ["with more than its length says", [`${head(sized)}${good}and more`]],
    ])("%s: are what they say", async (_, parts) => {
      saying(...parts);
      const invoker = downstream();
      for (let call = 0; call < 3; call += 1) {
        expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
        expect(await invoker.invoke(ruled, given().context)).toEqual(accepted);
      }
      expect(server().received).toHaveLength(6);
    });
  });

  it("is taken whose end is the connection's", async () => {
    server().script = (_request, _answer, { socket }) => socket.end(`${head("connection: close")}${good}`);
    expect(await downstream().invoke(upsert(), given().context)).toEqual(accepted);
    expect(await downstream().invoke(ruled, given().context)).toEqual(accepted);
  });

  describe("with a status line that can be read, and nobody knows where the body ends", () => {
    it.each<[string, string]>([
      ["two Content-Lengths", head(sized, "content-length: 400") + good],
      ["Content-Length and Transfer-Encoding", head(sized, "transfer-encoding: chunked") + good],
      ["a Content-Length that is no number", head("content-length: long") + good],
      ["half of a head", "HTTP/1.1 200 OK\nserver: x\r"],
    ])("%s: count by the status alone", async (_, text) => {
      saying(text);
      const invoker = downstream();
      expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
      await vi.waitUntil(() => server().sockets.size === 0);
      const found = failureOf(await invoker.invoke(ruled, given().context));
      expect(found).toMatchObject({ kind: "transient", code: "http.answer", effect: "maybe" });
      await vi.waitUntil(() => server().sockets.size === 0);
    });

    it("mean what their status does where it is no success, with its Retry-After", async () => {
      saying("HTTP/1.1 503 Busy\nretry-after: 7\n\n");
      expect(failureOf(await downstream().invoke(upsert(), given().context))).toMatchObject({
        kind: "throttled",
        code: "http.503",
        retryAfterMs: 7_000,
      });
      saying("HTTP/1.1 422 No\n\n");
      expect(failureOf(await downstream().invoke(upsert(), given().context))).toMatchObject({
        kind: "rejected",
        effect: "no",
      });
    });
  });

  describe("without a final status that can be read", () => {
    it.each<[string, string]>([
      ["nonsense", "nonsense\r\n\r\n"],
      ["half of a status line", "HTTP/1.1 20"],
      ["no number", "HTTP/1.1 OK\r\n\r\n"],
      ["a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n"],
      ["a success in the middle of something", "x\nHTTP/1.1 200 OK\r\n\r\n"],
      ["an interim answer alone", "HTTP/1.1 103 Early\nlink: x\n\n"],
      [
        "a protocol that nobody asked for",
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
      ],
    ])("%s: are no answer", async (_, text) => {
      server().script = (_request, _answer, { socket }) => socket.end(text);
      expect(failureOf(await downstream().invoke(upsert(), given().context))).toMatchObject({
        kind: "transient",
        effect: "maybe",
      });
    });

    it.each(["at once", "later"])("that nobody asked for is not the next call's answer: it comes %s", async (when) => {
      const invoker = downstream({ connections: 1 });
      const surplus = head(sized) + good;
      server().script = async (_request, _answer, { socket }) => {
        await written(socket, when === "at once" ? surplus + surplus : surplus);
        if (when === "later") await written(socket, surplus);
      };
      expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
      await vi.waitUntil(() => server().sockets.size === 0);
      server().script = (_request, answer) => void answer.writeHead(422).end();
      expect(failureOf(await invoker.invoke(upsert(), given().context))).toMatchObject({ kind: "rejected" });
    });

    it("are no answer on a connection that gave a good one before", async () => {
      const invoker = downstream({ connections: 1 });
      saying(head(sized) + good);
      expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
      saying("nonsense\r\n\r\n");
      expect(failureOf(await invoker.invoke(upsert(), given().context))).toMatchObject({ kind: "transient" });
      expect(server().connections).toBe(1);
    });
  });
});

function written(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve) => socket.write(text, () => setImmediate(resolve)));
}
