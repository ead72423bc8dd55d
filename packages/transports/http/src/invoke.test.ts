import { gunzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import type { HttpOptions } from "./options.ts";
import { batch, failureOf, given, gone, item, upsert } from "./testing/calls.ts";
import { eachEngine } from "./testing/each-engine.ts";
import { ScriptedServer } from "./testing/server.ts";

eachEngine("a call", ({ server, downstream, answering }) => {
  describe("what is sent", () => {
    it("is the document as it was printed, to the key's path, with what a receiver needs to be idempotent", async () => {
      const json = '{"name":"名字 😀 ß","n":12345678901234567890.10}';
      const call = upsert({ items: [item("4/2 ä", {}, { json, version: "v9" })], options: { slashes: ["orderId"] } });
      const context = { ...given().context, trace: { traceparent: "00-aa-bb-01", tracestate: "x=\r\ny" } };
      const outcome = await downstream({ baseUrl: `${server().url}/api/` }).invoke(call, context);
      expect(outcome).toEqual({ status: "accepted" });
      const { method, url, text, headers } = server().last;
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
      expect([server().last.method, JSON.parse(server().last.text)]).toEqual(["POST", [{ id: "1", total: "12.50" }]]);
    });

    it("is wrapped and enveloped as the strategy asks", async () => {
      const call = batch(["1", "2"], { options: { wrap: "items", envelope: true } });
      await downstream().invoke(call, given().context);
      const [first, second] = JSON.parse(server().last.text).items;
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
      const { method, url, text } = server().last;
      expect([method, url, text]).toEqual(["DELETE", "/orders/42", ""]);
    });

    it("is the key as the body, for a delete by another method", async () => {
      const options = { delete: { method: "POST", path: "/orders/removed" } };
      await downstream().invoke(gone({ options }), given().context);
      const { method, url, text } = server().last;
      expect([method, url, text]).toEqual(["POST", "/orders/removed", '{"orderId":"42"}']);
    });

    it("is a list of keys for a batch of deletes, and an operation within envelopes", async () => {
      const invoker = downstream();
      await invoker.invoke(batch(["1", "2"], { operation: "delete" }), given().context);
      expect([server().last.method, server().last.text]).toEqual(["DELETE", '[{"orderId":"1"},{"orderId":"2"}]']);
      await invoker.invoke(batch(["1"], { operation: "delete", options: { envelope: true } }), given().context);
      expect(server().last.method).toBe("POST");
      expect(JSON.parse(server().last.text)).toMatchObject([
        { operation: "delete", key: { orderId: "1" }, body: null },
      ]);
    });

    it("carries the strategy's and the downstream's headers, and never one header made by a column", async () => {
      const invoker = downstream({ headers: { "x-tenant": "t1" }, idempotencyHeader: "x-once" });
      await invoker.invoke(
        upsert({ options: { headers: { "Content-Type": "application/vnd.api+json" } } }),
        given().context,
      );
      expect(server().last.headers).toMatchObject({
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
      expect(server().received).toHaveLength(1);
    });

    it.each([".", "..", "", "\ud800"])("is nothing when a key makes the path another one: %j", async (orderId) => {
      const outcome = await downstream().invoke(upsert({ items: [item(orderId)] }), given().context);
      expect(outcome).toMatchObject({ status: "unsendable", failures: [{ index: 0, failure: { code: "http.path" } }] });
      expect(server().received).toHaveLength(0);
    });

    it("is compressed when it is long and the downstream wants it", async () => {
      const body = { text: "x".repeat(5000) };
      await downstream({ gzip: true }).invoke(upsert({ items: [item("42", body)] }), given().context);
      expect(server().last.headers["content-encoding"]).toBe("gzip");
      expect(JSON.parse(gunzipSync(server().last.bytes).toString())).toEqual(body);
      await downstream({ gzip: true }).invoke(upsert(), given().context);
      expect(server().last.headers).not.toHaveProperty("content-encoding");
    });

    it("is nothing when it is larger than the downstream takes", async () => {
      const outcome = await downstream({ maxBytes: 100 }).invoke(
        batch(["1", "2", "3", "4", "5", "6"]),
        given().context,
      );
      expect(failureOf(outcome)).toMatchObject({ kind: "too-large", code: "http.max-bytes", effect: "no" });
      expect(server().received).toHaveLength(0);
    });

    it("arrives whole in a batch of five thousand", async () => {
      const ids = Array.from({ length: 5000 }, (_, index) => String(index));
      expect(await downstream().invoke(batch(ids), given().context)).toEqual({ status: "accepted" });
      expect(JSON.parse(server().last.text).map((document: { id: string }) => document.id)).toEqual(ids);
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
      expect(server().last.headers["x-signature"]).toBe(`put /orders/42 ${server().last.text.length}`);
    });

    it("ignores the environment's proxy", async () => {
      const proxy = await ScriptedServer.start();
      vi.stubEnv("HTTP_PROXY", proxy.url).stubEnv("http_proxy", proxy.url);
      vi.stubEnv("NO_PROXY", "").stubEnv("no_proxy", "");
      await downstream().invoke(upsert(), given().context);
      vi.unstubAllEnvs();
      await proxy.stop();
      expect([server().received.length, proxy.connections]).toEqual([1, 0]);
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
      [505, "misconfigured", "http.505", "no"],
      [599, "unavailable", "http.599", "maybe"],
      [600, "transient", "http.600", "maybe"],
      [999, "throttled", "http.999", "maybe"],
    ])("%i is %s", async (status, kind, code, effect) => {
      answering(status, status < 400 ? { location: "/login" } : {});
      const found = failureOf(await downstream().invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind, code, effect });
      expect(server().received).toHaveLength(1);
    });

    it.each([402, 419, 440, 495, 496, 498])(
      "%i is the account's: unauthorized, and nothing was done",
      async (status) => {
        answering(status);
        const found = failureOf(await downstream().invoke(upsert(), given().context));
        expect(found).toMatchObject({ kind: "unauthorized", code: `http.${status}`, effect: "no" });
      },
    );

    it.each([411, 417, 421, 426, 428, 431, 450, 451, 463, 464, 494, 497])(
      "%i is the settings': misconfigured, and nothing was done",
      async (status) => {
        answering(status);
        const found = failureOf(await downstream().invoke(upsert(), given().context));
        expect(found).toMatchObject({ kind: "misconfigured", code: `http.${status}`, effect: "no" });
      },
    );

    it.each([460, 499, 507, 508, 520, 521, 522, 523, 524, 525, 526, 527, 528, 529, 530, 540, 598])(
      "%i is an outage in other words",
      async (status) => {
        answering(status);
        const found = failureOf(await downstream().invoke(upsert(), given().context));
        expect(found).toMatchObject({ kind: "unavailable", code: `http.${status}`, effect: "maybe" });
      },
    );

    it.each([420, 509])("%i is one for 429", async (status) => {
      answering(status);
      const found = failureOf(await downstream().invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "throttled", code: `http.${status}` });
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

    it.each([403, 418, 529])("takes a %i with a Retry-After for throttling", async (status) => {
      answering(status, { "retry-after": "7" });
      const found = failureOf(await downstream().invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "throttled", code: `http.${status}`, retryAfterMs: 7000 });
    });

    it.each(["0", "-1", "Thu, 01 Jan 2026 00:00:00 GMT", "soon"])(
      "takes a Retry-After of %j for none",
      async (value) => {
        for (const [status, kind] of [
          [429, "throttled"],
          [503, "unavailable"],
          [403, "unauthorized"],
        ] as const) {
          answering(status, { "retry-after": value });
          const found = failureOf(await downstream().invoke(upsert(), given().context));
          expect(found.kind).toBe(kind);
          expect(found).not.toHaveProperty("retryAfterMs");
        }
      },
    );

    it("reads a date of Retry-After by the downstream's own clock", async () => {
      const told = (date: string) => answering(429, { date, "retry-after": "Fri, 02 Jan 2026 00:01:00 GMT" });
      told("Fri, 02 Jan 2026 00:00:00 GMT");
      expect(failureOf(await downstream().invoke(upsert(), given().context)).retryAfterMs).toBe(60_000);
      told("Fri, 02 Jan 2026 00:02:00 GMT");
      expect(failureOf(await downstream().invoke(upsert(), given().context))).not.toHaveProperty("retryAfterMs");
    });

    it("takes the operator's word for what a status means", async () => {
      answering(404);
      const invoker = downstream({ statusKinds: { 404: "rejected" } });
      expect(failureOf(await invoker.invoke(upsert(), given().context)).kind).toBe("rejected");
      answering(207);
      expect(failureOf(await invoker.invoke(upsert(), given().context))).toMatchObject({ kind: "misconfigured" });
      expect(await downstream({ statusKinds: { 207: "accepted" } }).invoke(upsert(), given().context)).toEqual({
        status: "accepted",
      });
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
      expect(found.message).toContain("is full\\nnow");
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
});
