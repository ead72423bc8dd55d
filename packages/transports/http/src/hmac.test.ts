import { createHash, createHmac } from "node:crypto";
import type { HmacOptions } from "@syncline/http-client";
import { expect, it } from "vitest";
import { http } from "./http.ts";
import { batch, failureOf, given, gone, item, upsert } from "./testing/calls.ts";
import { eachEngine } from "./testing/each-engine.ts";
import type { Received } from "./testing/server.ts";

const secret = "It's a Secret to Everybody";
const mac = (text: string | Buffer, encoding: "hex" | "base64" = "hex", key: string | Buffer = secret) =>
  createHmac("sha256", key).update(text).digest(encoding);

/** Each way of signing, and what its receivers are told to do. */
const ways: { readonly [name: string]: readonly [HmacOptions, (request: Received) => boolean] } = {
  GitHub: [
    { key: secret, headers: { "X-Hub-Signature-256": "sha256={{signature}}" } },
    ({ headers, bytes }) => headers["x-hub-signature-256"] === `sha256=${mac(bytes)}`,
  ],
  Shopify: [
    { key: secret, encoding: "base64", headers: { "x-shopify-hmac-sha256": "{{signature}}" } },
    ({ headers, bytes }) => headers["x-shopify-hmac-sha256"] === mac(bytes, "base64"),
  ],
  Slack: [
    {
      key: secret,
      content: "v0:{{timestamp}}:{{body}}",
      headers: { "x-slack-signature": "v0={{signature}}", "x-slack-request-timestamp": "{{timestamp}}" },
    },
    ({ headers, text }) => {
      const told = String(headers["x-slack-request-timestamp"]);
      return isNow(told) && headers["x-slack-signature"] === `v0=${mac(`v0:${told}:${text}`)}`;
    },
  ],
  Stripe: [
    {
      key: secret,
      content: "{{timestamp}}.{{body}}",
      headers: { "stripe-signature": "t={{timestamp}},v1={{signature}}" },
    },
    ({ headers, text }) => {
      const [, told = "", found] = /^t=(\d+),v1=(.*)$/.exec(String(headers["stripe-signature"])) ?? [];
      return isNow(told) && found === mac(`${told}.${text}`);
    },
  ],
  "a nonce, the path and the body's hash": [
    {
      key: Buffer.from(secret).toString("base64"),
      keyEncoding: "base64",
      encoding: "base64",
      timestamp: "http",
      content: "{{method}}\n{{path}}\n{{host}};{{timestamp}};{{nonce}};{{bodyHash}}",
      headers: { date: "{{timestamp}}", "x-hash": "{{bodyHash}}", Authorization: "HMAC {{nonce}}:{{signature}}" },
    },
    ({ method, url, headers, bytes }) => {
      const [, nonce = "", found] = /^HMAC ([0-9a-f-]{36}):(.*)$/.exec(String(headers.authorization)) ?? [];
      const hash = createHash("sha256").update(bytes).digest("base64");
      const text = `${method}\n${url}\n${headers.host};${headers.date};${nonce};${hash}`;
      return (
        headers["x-hash"] === hash &&
        isNow(String(Date.parse(String(headers.date)) / 1000)) &&
        found === mac(text, "base64")
      );
    },
  ],
};
const isNow = (seconds: string) => Math.abs(Number(seconds) - Date.now() / 1000) < 60;

eachEngine("an HMAC", ({ downstream, server }) => {
  const { context } = given();

  it.each(Object.entries(ways))("is what its receiver computes: %s", async (_, [hmac, verifies]) => {
    server().script = (request, answer) => answer.writeHead(verifies(request) ? 200 : 401).end();
    const invoker = downstream({ signature: { hmac }, baseUrl: `${server().url}/base` });
    const tricky = item("42", { note: "{{signature}} $& Zoë 東京 {{nonce}}" }, { key: { orderId: "a b" } });
    for (const call of [upsert({ items: [tricky] }), batch(["1", "2"]), gone()])
      expect(await invoker.invoke(call, context)).toEqual({ status: "accepted" });
  });

  it("is of the key in the query, too, and of what is there before compression", async () => {
    const hmac: HmacOptions = {
      key: secret,
      content: "{{path}} {{body}}",
      headers: { "x-signature": "{{signature}}" },
    };
    const invoker = downstream({ signature: { hmac }, queryKey: { name: "key", value: "planted" } });
    await invoker.invoke(upsert(), context);
    const { url, text, headers } = server().last;
    expect(url).toContain("key=planted");
    expect(headers["x-signature"]).toBe(mac(`${url} ${text}`));
  });

  it("is not sent without its key, which stands in no message", async () => {
    for (const key of ["env:SYNCLINE_NO_SUCH_SECRET", () => "no base64 at all!"]) {
      const hmac: HmacOptions = { key, keyEncoding: "base64", headers: { "x-signature": "{{signature}}" } };
      const failure = failureOf(await downstream({ signature: { hmac } }).invoke(upsert(), context));
      expect(failure).toMatchObject({ kind: "unauthorized", code: "http.secret", effect: "no" });
      expect(failure.message).not.toContain("no base64 at all");
    }
    expect(server().received).toEqual([]);
  });
});

it("is refused where it signs no body, says no signature, or sets what others set", () => {
  const problems = (hmac: object, more = {}) =>
    http({ baseUrl: "https://a.example", signature: { hmac } as never, ...more })
      .checkOptions?.()
      .map(({ at, message }) => `${at} ${message}`);
  const headers = { "x-signature": "{{signature}}" };
  expect(problems({ key: "k", headers })).toEqual([]);
  expect(problems({ key: "k", headers, content: "{{timestamp}}" })).toEqual([
    "signature.hmac.content has neither {{body}} nor {{bodyHash}}: the body would not be signed",
  ]);
  expect(problems({ key: "k", headers: { "x-signature": "{{sig}} {{" } })).toEqual([
    expect.stringContaining("{{sig}} is no value; there are timestamp, nonce"),
    "signature.hmac.headers.x-signature has {{ that begins no {{value}}",
    "signature.hmac.headers have no {{signature}}",
  ]);
  expect(problems({ key: "k", headers: { authorization: "{{signature}}" } }, { auth: { bearer: "x" } })).toEqual([
    expect.stringContaining("is the header that"),
  ]);
});

it("cannot be replaced by a strategy's header", () => {
  const hmac = { key: "k", headers: { "x-signature": "{{signature}}" } };
  const options = { baseUrl: "https://a.example", signature: { hmac }, strategyHeaders: ["x-*"] };
  expect(http(options).checkOptions?.()).not.toEqual([]);
  expect(http({ ...options, strategyHeaders: ["X-Signature"] }).checkOptions?.()).toEqual([
    expect.objectContaining({ at: "strategyHeaders[0]" }),
  ]);
});
