import { getEventListeners } from "node:events";
import { createServer } from "node:net";
import { createServer as createSecureServer } from "node:tls";
import { gunzipSync } from "node:zlib";
import type { SyncInvoker } from "@syncline/core/spi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { http } from "./http.ts";
import type { HttpOptions } from "./options.ts";
import { batch, dueIn, failureOf, given, gone, item, quiet, upsert } from "./testing/calls.ts";
import { selfSigned } from "./testing/self-signed.ts";
import { ScriptedServer } from "./testing/server.ts";

describe.each(["undici", "node"] as const)("a call over the %s engine", (engine) => {
  let server: ScriptedServer;
  const open: SyncInvoker[] = [];

  const downstream = (options: Partial<HttpOptions> = {}): SyncInvoker => {
    const invoker = http({ baseUrl: server.url, engine, ...options }).open({ downstream: "crm", log: quiet });
    open.push(invoker);
    return invoker;
  };
  const answering = (status: number, headers: Record<string, string> = {}, body = "") => {
    server.script = (_request, answer) => {
      answer.writeHead(status, headers);
      answer.end(body);
    };
  };

  beforeEach(async () => {
    server = await ScriptedServer.start();
  });
  afterEach(async () => {
    for (const invoker of open.splice(0)) await invoker.close?.();
    await server.stop();
  });

  describe("what is sent", () => {
    it("is the document as it was printed, to the key's path, with what a receiver needs to be idempotent", async () => {
      const json = '{"name":"名字 😀 ß","n":12345678901234567890.10}';
      const call = upsert({ items: [item("4/2 ä", {}, { json, version: "v9" })] });
      const context = { ...given().context, trace: { traceparent: "00-aa-bb-01", tracestate: "x=\r\ny" } };
      const outcome = await downstream({ baseUrl: `${server.url}/api/` }).invoke(call, context);
      expect(outcome).toEqual({ status: "accepted" });
      const { method, url, text, headers } = server.last;
      expect([method, url, text]).toEqual(["PUT", "/api/orders/4%2F2%20%C3%A4", json]);
      expect(headers).toMatchObject({
        "content-type": "application/json",
        "idempotency-key": "call-1",
        "syncline-revision": "7",
        "syncline-version": "v9",
        traceparent: "00-aa-bb-01",
      });
      expect(headers).not.toHaveProperty("tracestate");
      expect(headers["accept-encoding"] ?? "identity").toBe("identity");
      expect(headers["content-length"]).toBe(String(Buffer.byteLength(json)));
    });

    it("is a list for a batch, even of one", async () => {
      await downstream().invoke(batch(["1"]), given().context);
      expect([server.last.method, JSON.parse(server.last.text)]).toEqual(["POST", [{ id: "1", total: "12.50" }]]);
    });

    it("is wrapped and enveloped as the strategy asks", async () => {
      const call = batch(["1", "2"], { options: { wrap: "items", envelope: true } });
      await downstream().invoke(call, given().context);
      const [first, second] = JSON.parse(server.last.text).items;
      expect(first).toEqual({
        deliveryId: "delivery-1",
        revision: "7",
        operation: "upsert",
        key: { orderId: "1" },
        body: { id: "1", total: "12.50" },
      });
      expect(second.key).toEqual({ orderId: "2" });
    });

    it("is a DELETE of the key's path without a body", async () => {
      await downstream().invoke(gone(), given().context);
      const { method, url, text } = server.last;
      expect([method, url, text]).toEqual(["DELETE", "/orders/42", ""]);
    });

    it("is the key as the body, for a delete by another method", async () => {
      const options = { delete: { method: "POST", path: "/orders/removed" } };
      await downstream().invoke(gone({ options }), given().context);
      const { method, url, text } = server.last;
      expect([method, url, text]).toEqual(["POST", "/orders/removed", '{"orderId":"42"}']);
    });

    it("is a list of keys for a batch of deletes, and an operation within envelopes", async () => {
      const invoker = downstream();
      await invoker.invoke(batch(["1", "2"], { operation: "delete" }), given().context);
      expect([server.last.method, server.last.text]).toEqual(["DELETE", '[{"orderId":"1"},{"orderId":"2"}]']);
      await invoker.invoke(batch(["1"], { operation: "delete", options: { envelope: true } }), given().context);
      expect(server.last.method).toBe("POST");
      expect(JSON.parse(server.last.text)).toMatchObject([{ operation: "delete", key: { orderId: "1" }, body: null }]);
    });

    it("carries the strategy's and the downstream's headers, and never one header made by a column", async () => {
      const invoker = downstream({ headers: { "x-tenant": "t1" }, idempotencyHeader: "x-once" });
      await invoker.invoke(
        upsert({ options: { headers: { "Content-Type": "application/vnd.api+json" } } }),
        given().context,
      );
      expect(server.last.headers).toMatchObject({
        "x-tenant": "t1",
        "x-once": "call-1",
        "content-type": "application/vnd.api+json",
      });
      const hostile = item("42", {}, { version: "1\r\nx-admin: yes" });
      const outcome = await invoker.invoke(upsert({ items: [hostile] }), given().context);
      expect(outcome).toMatchObject({
        status: "unsendable",
        failures: [{ index: 0, failure: { code: "http.header" } }],
      });
      expect(server.received).toHaveLength(1);
    });

    it.each([".", "..", "", "\ud800"])("is nothing when a key makes the path another one: %j", async (orderId) => {
      const outcome = await downstream().invoke(upsert({ items: [item(orderId)] }), given().context);
      expect(outcome).toMatchObject({ status: "unsendable", failures: [{ index: 0, failure: { code: "http.path" } }] });
      expect(server.received).toHaveLength(0);
    });

    it("is compressed when it is long and the downstream wants it", async () => {
      const body = { text: "x".repeat(5000) };
      await downstream({ gzip: true }).invoke(upsert({ items: [item("42", body)] }), given().context);
      expect(server.last.headers["content-encoding"]).toBe("gzip");
      expect(JSON.parse(gunzipSync(server.last.bytes).toString())).toEqual(body);
      await downstream({ gzip: true }).invoke(upsert(), given().context);
      expect(server.last.headers).not.toHaveProperty("content-encoding");
    });

    it("is nothing when it is larger than the downstream takes", async () => {
      const outcome = await downstream({ maxBytes: 100 }).invoke(
        batch(["1", "2", "3", "4", "5", "6"]),
        given().context,
      );
      expect(failureOf(outcome)).toMatchObject({ kind: "too-large", code: "http.max-bytes", effect: "no" });
      expect(server.received).toHaveLength(0);
    });

    it("arrives whole in a batch of five thousand", async () => {
      const ids = Array.from({ length: 5000 }, (_, index) => String(index));
      expect(await downstream().invoke(batch(ids), given().context)).toEqual({ status: "accepted" });
      expect(JSON.parse(server.last.text).map((document: { id: string }) => document.id)).toEqual(ids);
    });

    it("goes past interceptors of the downstream's own axios instance", async () => {
      const invoker = downstream({
        configure: (instance) => {
          instance.interceptors.request.use((config) => {
            config.headers.set("x-signature", `${config.method} ${config.url} ${config.data.length}`);
            return config;
          });
        },
      });
      expect(await invoker.invoke(upsert(), given().context)).toEqual({ status: "accepted" });
      expect(server.last.headers["x-signature"]).toBe(`put /orders/42 ${server.last.text.length}`);
    });

    it("ignores the environment's proxy", async () => {
      const proxy = await ScriptedServer.start();
      vi.stubEnv("HTTP_PROXY", proxy.url).stubEnv("http_proxy", proxy.url);
      vi.stubEnv("NO_PROXY", "").stubEnv("no_proxy", "");
      await downstream().invoke(upsert(), given().context);
      vi.unstubAllEnvs();
      await proxy.stop();
      expect([server.received.length, proxy.connections]).toEqual([1, 0]);
    });
  });

  describe("what an answer means", () => {
    it.each([
      [200, "accepted"],
      [204, "accepted"],
    ])("%i is accepted", async (status, expected) => {
      answering(status);
      expect((await downstream().invoke(upsert(), given().context)).status).toBe(expected);
    });

    it.each([
      [302, "misconfigured", "http.redirect", "maybe"],
      [307, "misconfigured", "http.redirect", "no"],
      [400, "rejected", "http.400", "no"],
      [401, "unauthorized", "http.401", "no"],
      [403, "unauthorized", "http.403", "no"],
      [404, "misconfigured", "http.404", "no"],
      [405, "misconfigured", "http.405", "no"],
      [407, "unauthorized", "http.407", "no"],
      [408, "transient", "http.408", "maybe"],
      [409, "transient", "http.409", "maybe"],
      [410, "misconfigured", "http.410", "no"],
      [413, "too-large", "http.413", "no"],
      [415, "misconfigured", "http.415", "no"],
      [418, "rejected", "http.418", "no"],
      [422, "rejected", "http.422", "no"],
      [423, "transient", "http.423", "no"],
      [425, "transient", "http.425", "no"],
      [429, "throttled", "http.429", "no"],
      [500, "transient", "http.500", "maybe"],
      [501, "misconfigured", "http.501", "no"],
      [502, "unavailable", "http.502", "maybe"],
      [503, "unavailable", "http.503", "maybe"],
      [504, "unavailable", "http.504", "maybe"],
      [507, "transient", "http.507", "maybe"],
    ])("%i is %s", async (status, kind, code, effect) => {
      answering(status, status < 400 ? { location: "/login" } : {});
      const found = failureOf(await downstream().invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind, code, effect });
      expect(server.received).toHaveLength(1);
    });

    it("never follows a redirect, to whatever host", async () => {
      const other = await ScriptedServer.start();
      answering(307, { location: `${other.url}/orders/42` });
      await downstream().invoke(upsert(), given().context);
      await other.stop();
      expect(other.received).toHaveLength(0);
    });

    it("takes a Retry-After as the downstream's wish, and a 503 with one as throttling", async () => {
      answering(503, { "retry-after": "7" });
      const found = failureOf(await downstream().invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "throttled", code: "http.503", retryAfterMs: 7000 });
    });

    it("takes the operator's word for what a status means", async () => {
      answering(404);
      const invoker = downstream({ statusKinds: { 404: "rejected" } });
      expect(failureOf(await invoker.invoke(upsert(), given().context)).kind).toBe("rejected");
    });

    it.each([404, 410])(
      "%i to a delete of one key is what was wanted, to a list of keys a wrong path",
      async (status) => {
        answering(status);
        const invoker = downstream();
        expect(await invoker.invoke(gone(), given().context)).toEqual({ status: "accepted" });
        const outcome = await invoker.invoke(batch(["1"], { operation: "delete" }), given().context);
        expect(failureOf(outcome).kind).toBe("misconfigured");
      },
    );

    it("asks the downstream's own predicate, and survives one that throws", async () => {
      answering(200, { "x-state": "bad" }, '{"state":"full"}');
      const ok: HttpOptions["ok"] = ({ headers, body }) =>
        headers["x-state"] === "bad" ? `is ${(body as { state: string }).state}\nnow` : true;
      const found = failureOf(await downstream({ ok }).invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "transient", code: "http.not-ok", effect: "maybe" });
      expect(found.message).toContain("is full now");
      const throwing = downstream({
        ok: () => {
          throw new TypeError("secret payload");
        },
      });
      const thrown = failureOf(await throwing.invoke(upsert(), given().context));
      expect(thrown.code).toBe("http.ok-threw");
      expect(thrown.message).not.toContain("payload");
    });
  });

  describe("an answer that misbehaves", () => {
    const rules = { answer: { ok: { path: "ok", in: [true] } } };

    it("is accepted by its status line: without end", async () => {
      server.script = (_request, answer) => {
        answer.writeHead(200);
        const pour = () => {
          while (!answer.destroyed && answer.write(Buffer.alloc(65_536))) {}
        };
        answer.on("drain", pour);
        pour();
      };
      expect(await downstream().invoke(upsert(), given().context)).toEqual({ status: "accepted" });
      await vi.waitUntil(() => server.sockets.size === 0);
      expect(failureOf(await downstream().invoke(upsert({ options: rules }), given().context))).toMatchObject({
        kind: "transient",
        code: "http.answer",
        effect: "maybe",
      });
    });

    it("is accepted by its status line: broken off", async () => {
      server.script = (_request, answer) => {
        answer.writeHead(200, { "content-length": "1000" });
        answer.write("{", () => answer.destroy());
      };
      expect(await downstream().invoke(upsert(), given().context)).toEqual({ status: "accepted" });
      const found = failureOf(await downstream().invoke(upsert({ options: rules }), given().context));
      expect(found).toMatchObject({ kind: "transient", code: "http.answer", effect: "maybe" });
    });

    it("is accepted by its status line: the body never ends, and its socket is dropped", async () => {
      server.script = (_request, answer) => {
        answer.writeHead(200);
        answer.write("{");
      };
      expect(await downstream().invoke(upsert(), given().context)).toEqual({ status: "accepted" });
      await vi.waitUntil(() => server.sockets.size === 0);
    });

    it("is not JSON where a rule needs it", async () => {
      answering(200, {}, "<html>login</html>");
      const found = failureOf(await downstream().invoke(upsert({ options: rules }), given().context));
      expect(found).toMatchObject({ kind: "transient", code: "http.answer", effect: "maybe" });
    });

    it("is not HTTP", async () => {
      server.script = (_request, _answer, incoming) => incoming.socket.end("nonsense\r\n\r\n");
      const found = failureOf(await downstream().invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "transient", code: "http.protocol", effect: "maybe" });
    });

    it("does not come: the connection is closed after the request, which is not sent again", async () => {
      server.script = (_request, answer) => answer.destroy();
      const found = failureOf(await downstream().invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "transient", code: "net.ECONNRESET", effect: "maybe" });
      expect(server.received).toHaveLength(1);
    });

    it("does not come on a socket that was used before: it is not sent again either", async () => {
      const invoker = downstream();
      await invoker.invoke(upsert(), given().context);
      server.script = (_request, answer) => answer.destroy();
      expect(failureOf(await invoker.invoke(upsert(), given().context))).toMatchObject({ effect: "maybe" });
      expect(server.received).toHaveLength(2);
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
      const invoker = downstream({ baseUrl: server.url.replace("http:", "https:") });
      expect(failureOf(await invoker.invoke(upsert(), given().context))).toMatchObject({ effect: "no" });
      expect(server.received).toHaveLength(0);
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
      expect(server.received).toHaveLength(0);
      const nobody = downstream({ baseUrl: "http://no-such-host.invalid" });
      expect(await nobody.check?.(given().context)).toMatchObject({ kind: "unavailable" });
    });
  });

  describe("the end of time", () => {
    it("is the downstream's fault at the deadline, before the answer's head", async () => {
      server.script = () => {};
      const found = failureOf(await downstream().invoke(upsert(), dueIn(80)));
      expect(found).toMatchObject({ kind: "unavailable", code: "http.deadline", effect: "maybe" });
      await vi.waitUntil(() => server.sockets.size === 0);
    });

    it("is the downstream's fault at the deadline, while a needed body drips", async () => {
      let dripping: NodeJS.Timeout | undefined;
      server.script = (_request, answer) => {
        answer.writeHead(200);
        dripping = setInterval(() => answer.write(" "), 5);
      };
      const call = upsert({ options: { answer: { ok: { path: "ok", in: [true] } } } });
      const found = failureOf(await downstream().invoke(call, dueIn(80)));
      expect(found).toMatchObject({ kind: "unavailable", code: "http.deadline", effect: "maybe" });
      await vi.waitUntil(() => server.sockets.size === 0);
      clearInterval(dripping);
    });

    it("is our own when the worker stops: the socket is freed at once", async () => {
      const { controller, context } = given();
      server.script = () => controller.abort();
      const found = failureOf(await downstream().invoke(upsert(), context));
      expect(found).toMatchObject({ kind: "cancelled", effect: "maybe" });
      await vi.waitUntil(() => server.sockets.size === 0);
    });

    it("certainly did nothing when it came before the call, or before a connection", async () => {
      const { controller, context } = given();
      controller.abort();
      const invoker = downstream();
      expect(failureOf(await invoker.invoke(upsert(), context))).toMatchObject({ kind: "cancelled", effect: "no" });
      const late = { ...context, deadline: Date.now() - 1 };
      expect(failureOf(await invoker.invoke(upsert(), late))).toMatchObject({ code: "http.deadline", effect: "no" });
      expect(server.connections).toBe(0);
    });

    it("certainly did nothing while it waited for a socket, and is not sent later", async () => {
      const answers: (() => void)[] = [];
      server.script = (_request, answer) => answers.push(() => answer.end());
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
      expect(server.received).toHaveLength(2);
    });

    it("leaves no listener behind, and a hundred calls on one signal warn of nothing", async () => {
      const warnings: Error[] = [];
      const onWarning = (warning: Error) => warnings.push(warning);
      process.on("warning", onWarning);
      const parent = new AbortController();
      const signals = Array.from({ length: 100 }, () => AbortSignal.any([parent.signal]));
      const invoker = downstream();
      let listening = 0;
      server.script = (_request, answer) => {
        listening = Math.max(listening, signals.flatMap((signal) => getEventListeners(signal, "abort")).length);
        answer.end();
      };
      await Promise.all(signals.map((signal) => invoker.invoke(upsert(), { ...given().context, signal })));
      expect(listening).toBeGreaterThan(0);
      await new Promise(setImmediate);
      process.off("warning", onWarning);
      expect(signals.flatMap((signal) => getEventListeners(signal, "abort"))).toEqual([]);
      expect(warnings).toEqual([]);
      expect(server.connections).toBeLessThanOrEqual(64);
    });

    it("keeps connections alive between calls", async () => {
      const invoker = downstream();
      for (let call = 0; call < 20; call++) await invoker.invoke(upsert(), given().context);
      // A pool may open a second one when the next call comes before the first socket is seen to be free.
      expect(server.connections).toBeLessThanOrEqual(2);
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
