import { getEventListeners } from "node:events";
import { createServer } from "node:net";
import { createServer as createSecureServer } from "node:tls";
import { describe, expect, it, vi } from "vitest";
import { dueIn, failureOf, given, upsert } from "./testing/calls.ts";
import { eachEngine } from "./testing/each-engine.ts";
import { selfSigned } from "./testing/self-signed.ts";
import { ScriptedServer } from "./testing/server.ts";

eachEngine("adversity", ({ server, downstream, answering }) => {
  describe("an answer that misbehaves", () => {
    const rules = { answer: { ok: { path: "ok", in: [true] } } };

    it("is accepted by its status line: without end", async () => {
      server().script = (_request, answer) => {
        answer.writeHead(200);
        const pour = () => {
          while (!answer.destroyed && answer.write(Buffer.alloc(65_536))) {}
        };
        answer.on("drain", pour);
        pour();
      };
      expect(await downstream().invoke(upsert(), given().context)).toEqual({ status: "accepted" });
      await vi.waitUntil(() => server().sockets.size === 0);
      expect(failureOf(await downstream().invoke(upsert({ options: rules }), given().context))).toMatchObject({
        kind: "transient",
        code: "http.answer",
        effect: "maybe",
      });
    });

    it("is accepted by its status line: broken off", async () => {
      server().script = (_request, answer) => {
        answer.writeHead(200, { "content-length": "1000" });
        answer.write("{", () => answer.destroy());
      };
      expect(await downstream().invoke(upsert(), given().context)).toEqual({ status: "accepted" });
      const found = failureOf(await downstream().invoke(upsert({ options: rules }), given().context));
      expect(found).toMatchObject({ kind: "transient", code: "http.answer", effect: "maybe" });
    });

    it("is accepted by its status line: the body never ends, and its socket is dropped", async () => {
      server().script = (_request, answer) => {
        answer.writeHead(200);
        answer.write("{");
      };
      expect(await downstream().invoke(upsert(), given().context)).toEqual({ status: "accepted" });
      await vi.waitUntil(() => server().sockets.size === 0);
    });

    it("is not JSON where a rule needs it", async () => {
      answering(200, {}, "<html>login</html>");
      const found = failureOf(await downstream().invoke(upsert({ options: rules }), given().context));
      expect(found).toMatchObject({ kind: "transient", code: "http.answer", effect: "maybe" });
    });

    it("is not HTTP", async () => {
      server().script = (_request, _answer, incoming) => incoming.socket.end("nonsense\r\n\r\n");
      const found = failureOf(await downstream().invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "transient", code: "http.protocol", effect: "maybe" });
    });

    it("does not come: the connection is closed after the request, which is not sent again", async () => {
      server().script = (_request, answer) => answer.destroy();
      const found = failureOf(await downstream().invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "transient", code: "net.ECONNRESET", effect: "maybe" });
      expect(server().received).toHaveLength(1);
    });

    it("does not come on a socket that was used before: it is not sent again either", async () => {
      const invoker = downstream();
      await invoker.invoke(upsert(), given().context);
      server().script = (_request, answer) => answer.destroy();
      expect(failureOf(await invoker.invoke(upsert(), given().context))).toMatchObject({ effect: "maybe" });
      expect(server().received).toHaveLength(2);
      answering(200);
      expect(await invoker.invoke(upsert(), given().context)).toEqual({ status: "accepted" });
    });
  });

  describe("a downstream that cannot be reached", () => {
    it("has certainly done nothing: refused", async () => {
      const stopped = await ScriptedServer.start();
      const baseUrl = stopped.url;
      await stopped.stop();
      const found = failureOf(await downstream({ baseUrl }).invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "unavailable", code: "net.ECONNREFUSED", effect: "no" });
    });

    it("has certainly done nothing: no such name", async () => {
      const invoker = downstream({ baseUrl: "http://no-such-host.invalid" });
      const found = failureOf(await invoker.invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "unavailable", effect: "no" });
      expect(found.code).toMatch(/^net\.(ENOTFOUND|EAI_AGAIN)$/);
    });

    it("has certainly done nothing: TLS asked of a plain server", async () => {
      const invoker = downstream({ baseUrl: server().url.replace("http:", "https:") });
      expect(failureOf(await invoker.invoke(upsert(), given().context))).toMatchObject({ effect: "no" });
      expect(server().received).toHaveLength(0);
    });

    it("has certainly done nothing: a certificate that nobody vouches for", async () => {
      const secure = createSecureServer(selfSigned).listen(0, "127.0.0.1");
      await new Promise((resolve) => secure.once("listening", resolve));
      const { port } = secure.address() as { port: number };
      const invoker = downstream({ baseUrl: `https://127.0.0.1:${port}` });
      const found = failureOf(await invoker.invoke(upsert(), given().context));
      secure.close();
      expect(found).toMatchObject({ kind: "misconfigured", code: "tls.DEPTH_ZERO_SELF_SIGNED_CERT", effect: "no" });
    });

    it("has certainly done nothing: the handshake is not finished in time", async () => {
      const silent = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => silent.once("listening", resolve));
      const { port } = silent.address() as { port: number };
      const invoker = downstream({ baseUrl: `https://127.0.0.1:${port}`, timeouts: { connectMs: 100 } });
      const found = failureOf(await invoker.invoke(upsert(), given().context));
      silent.close();
      expect(found).toMatchObject({ kind: "unavailable", code: "net.connect-timeout", effect: "no" });
    });

    it.each([
      "http://169.254.169.254",
      "http://[::ffff:169.254.169.254]",
      "http://2852039166",
      "http://[fd00:ec2::254]",
    ])("is not even tried at a cloud's metadata address: %s", async (baseUrl) => {
      const found = failureOf(await downstream({ baseUrl }).invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "misconfigured", code: "net.blocked-address", effect: "no" });
    });

    it("is told by a check that sends nothing", async () => {
      const invoker = downstream();
      expect(await invoker.check?.(given().context)).toBeUndefined();
      expect(server().received).toHaveLength(0);
      const nobody = downstream({ baseUrl: "http://no-such-host.invalid" });
      expect(await nobody.check?.(given().context)).toMatchObject({ kind: "unavailable" });
    });
  });

  describe("the end of time", () => {
    it("is the downstream's fault at the deadline, before the answer's head", async () => {
      server().script = () => {};
      const found = failureOf(await downstream().invoke(upsert(), dueIn(80)));
      expect(found).toMatchObject({ kind: "unavailable", code: "http.deadline", effect: "maybe" });
      await vi.waitUntil(() => server().sockets.size === 0);
    });

    it("is the downstream's fault at the deadline, while a needed body drips", async () => {
      let dripping: NodeJS.Timeout | undefined;
      server().script = (_request, answer) => {
        answer.writeHead(200);
        dripping = setInterval(() => answer.write(" "), 5);
      };
      const call = upsert({ options: { answer: { ok: { path: "ok", in: [true] } } } });
      const found = failureOf(await downstream().invoke(call, dueIn(80)));
      expect(found).toMatchObject({ kind: "unavailable", code: "http.deadline", effect: "maybe" });
      await vi.waitUntil(() => server().sockets.size === 0);
      clearInterval(dripping);
    });

    it("is our own when the worker stops: the socket is freed at once", async () => {
      const { controller, context } = given();
      server().script = () => controller.abort();
      const found = failureOf(await downstream().invoke(upsert(), context));
      expect(found).toMatchObject({ kind: "cancelled", effect: "maybe" });
      await vi.waitUntil(() => server().sockets.size === 0);
    });

    it("certainly did nothing when it came before the call, or before a connection", async () => {
      const { controller, context } = given();
      controller.abort();
      const invoker = downstream();
      expect(failureOf(await invoker.invoke(upsert(), context))).toMatchObject({ kind: "cancelled", effect: "no" });
      const late = { ...context, deadline: Date.now() - 1 };
      expect(failureOf(await invoker.invoke(upsert(), late))).toMatchObject({ code: "http.deadline", effect: "no" });
      expect(server().connections).toBe(0);
    });

    it("certainly did nothing while it waited for a socket, and is not sent later", async () => {
      const answers: (() => void)[] = [];
      server().script = (_request, answer) => answers.push(() => answer.end());
      const invoker = downstream({ connections: 1 });
      const first = invoker.invoke(upsert(), given().context);
      await vi.waitUntil(() => answers.length === 1);
      const { controller, context } = given();
      const second = invoker.invoke(upsert(), context);
      await new Promise(setImmediate);
      controller.abort();
      expect(failureOf(await second)).toMatchObject({ kind: "cancelled", effect: "no" });
      answers[0]?.();
      expect(await first).toEqual({ status: "accepted" });
      const third = invoker.invoke(upsert(), given().context);
      await vi.waitUntil(() => answers.length === 2);
      answers[1]?.();
      expect(await third).toEqual({ status: "accepted" });
      expect(server().received).toHaveLength(2);
    });

    it("leaves no listener behind, and a hundred calls on one signal warn of nothing", async () => {
      const warnings: Error[] = [];
      const onWarning = (warning: Error) => warnings.push(warning);
      process.on("warning", onWarning);
      const parent = new AbortController();
      const signals = Array.from({ length: 100 }, () => AbortSignal.any([parent.signal]));
      const invoker = downstream();
      let listening = 0;
      server().script = (_request, answer) => {
        listening = Math.max(listening, signals.flatMap((signal) => getEventListeners(signal, "abort")).length);
        answer.end();
      };
      await Promise.all(signals.map((signal) => invoker.invoke(upsert(), { ...given().context, signal })));
      expect(listening).toBeGreaterThan(0);
      await new Promise(setImmediate);
      process.off("warning", onWarning);
      expect(signals.flatMap((signal) => getEventListeners(signal, "abort"))).toEqual([]);
      expect(warnings).toEqual([]);
      expect(server().connections).toBeLessThanOrEqual(64);
    });

    it("keeps connections alive between calls", async () => {
      const invoker = downstream();
      for (let call = 0; call < 20; call++) await invoker.invoke(upsert(), given().context);
      // A pool may open a second one when the next call comes before the first socket is seen to be free.
      expect(server().connections).toBeLessThanOrEqual(2);
    });

    it("is an outcome, not a hang, after the transport was closed", async () => {
      const invoker = downstream({ engine: "undici" });
      await invoker.close?.();
      expect(failureOf(await invoker.invoke(upsert(), given().context))).toMatchObject({
        kind: "cancelled",
        effect: "no",
      });
    });
  });
});
