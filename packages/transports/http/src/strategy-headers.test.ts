import { describe, expect, it } from "vitest";
import { http } from "./http.ts";
import { checkHttpOptions, type HttpOptions } from "./options.ts";
import { StandingHeaders } from "./standing-headers.ts";
import { failureOf, given, quiet, strategy, upsert } from "./testing/calls.ts";
import { eachEngine } from "./testing/each-engine.ts";

const baseUrl = "https://crm.example.com/api";
const check = (headers: object, options: Partial<HttpOptions> = {}) =>
  http({ baseUrl, ...options }).checkStrategy?.(strategy({ options: { headers } as never })) ?? [];
const placesOf = (options: Partial<HttpOptions>) => checkHttpOptions({ baseUrl, ...options }).map(({ at }) => at);

describe("a strategy may set", () => {
  it.each([
    { Accept: "application/vnd.acme+json", "Accept-Language": "de", Prefer: "return=minimal", "If-Match": "*" },
    { "x-api-version": "2", "api-version": "2024-07-01", "OData-Version": "4.0", "content-language": "de" },
    { "content-type": "application/merge-patch+json" },
    { "Content-Type": "application/vnd.api+json; charset=utf-8" },
    { "content-type": 'application/json; profile="https://a.example/b"; v=1' },
  ])("by default %j", (headers) => {
    expect(check(headers)).toEqual([]);
  });

  it("what the downstream lists, and what begins as it lists, and then nothing else", () => {
    const options = { strategyHeaders: ["Stripe-Version", "x-acme-*"] };
    expect(check({ "stripe-version": "2024-06-20", "X-Acme-Batch": "1" }, options)).toEqual([]);
    expect(check({ accept: "*/*", "x-acmes": "1", x_acme_a: "1", stripe_version: "1" }, options)).toHaveLength(4);
    expect(check({ accept: "*/*" }, { strategyHeaders: [] })).toHaveLength(1);
  });
});

/** Whatever the downstream allows. */
const never = `
  x-original-url x-rewrite-url X-Original-URI x-original-host x_original_url x-override-url x-http-method-override X-HTTP-Method
  x-method-override x-method x_http_method_override forwarded x-forwarded-for x-forwarded-host x-forwarded-proto x-forwarded-prefix
  X_Forwarded_Host x-forwarded-client-cert x-forwarded x-forward-for x-real-ip x-client-ip client-ip true-client-ip
  cf-connecting-ip x-cluster-client-ip fastly-client-ip x-remote-user remote-user x-envoy-original-path x-envoy-internal
  x-goog-authenticated-user-email x-auth-request-email x-host x-http-host-override x-arr-clientcert ssl-client-cert x-ssl-client-verify
  client-cert via max-forwards cookie Cookie2 set-cookie authorization proxy-authorization x-authorization host connection keep-alive
  te trailer transfer-encoding upgrade expect content-length content-encoding http2-settings sec-websocket-key proxy-connection
  referer origin x-csrf-token destination method-override syncline-revision syncline-version syncline-x traceparent tracestate baggage
  webhook-id webhook-timestamp Webhook-Signature ce-id ce-source ce-type idempotency-key x-idempotency-key user-agent
  x-amz-security-token http-host`
  .trim()
  .split(/\s+/);

it.each(never)("no strategy sets %s, and no downstream can allow it", (name) => {
  expect(check({ [name]: "x" })).toMatchObject([{ at: `options.headers.${name}` }]);
  expect(check({ [name]: "x" }, { strategyHeaders: [name] })).toHaveLength(1);
  expect(placesOf({ strategyHeaders: ["accept", name] })).toEqual(["strategyHeaders[1]"]);
});

it.each([
  "*",
  "x-*",
  "a*",
  "x-a-*",
  "-*",
  "",
  "x-acme-**",
  "x acme",
  7,
  null,
  "x-forwarded-*",
  "sec-*",
  "cookie*",
  "x-http-*",
])("a downstream cannot allow %j", (entry) => {
  expect(placesOf({ strategyHeaders: [entry as string] })).toEqual(["strategyHeaders[0]"]);
});

describe("what the downstream sets no strategy sets:", () => {
  const options: Partial<HttpOptions> = {
    auth: { apiKey: { header: "X-Api-Key", value: "planted-key-22" } },
    headers: { "X-Tenant": "acme", "x-acme-hmac": "env:NONE", "content-type": "text/json", Accept: "text/json" },
    idempotencyHeader: "x-acme-once",
    strategyHeaders: ["x-acme-*", "content-type", "x-other"],
  };

  it.each(["x-api-key", "X_API_KEY", "x.api.key", "x-tenant", "X_Tenant", "X-Acme-Hmac", "x_acme_hmac", "x-acme-once"])(
    "%s",
    (name) => {
      const problems = check({ [name]: "planted-value-22" }, { ...options, strategyHeaders: ["x-acme-*"] });
      expect(problems).toMatchObject([{ at: `options.headers.${name}` }]);
      expect(problems[0]?.message).toContain("downstream");
      expect(JSON.stringify(problems)).not.toContain("22");
    },
  );

  it("a content type or language of its own, either", () => {
    expect(check({ "content-type": "application/json" }, options)).toHaveLength(1);
    expect(check({ accept: "application/json" }, { headers: { Accept: "text/json" } })).toHaveLength(1);
  });

  it("a list that says otherwise is refused", () => {
    expect(
      placesOf({
        ...options,
        strategyHeaders: ["x-api-key", "x_tenant", "x-acme-once", "x-ok"],
        headers: { "X-Tenant": "a" },
      }),
    ).toEqual(["strategyHeaders[0]", "strategyHeaders[1]", "strategyHeaders[2]"]);
  });
});

it("a strategy's headers are told apart as servers do it", () => {
  expect(check({ Prefer: "a", prefer: "b" })).toMatchObject([{ message: "is given twice" }]);
  expect(check({ "x-acme-a": "1", "X-Acme-A": "2" }, { strategyHeaders: ["x-acme-*"] })).toHaveLength(1);
});

it.each([
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "text/html",
  "text/plain",
  "application/xml",
  "application/json; charset=utf-7",
  "application/json; charset=utf-16",
  "application/json; charset=ibm037",
  "application/json, text/html",
  "application/json;",
  "json",
  "",
])("a body is JSON in UTF-8 and is not called %j", (type) => {
  expect(check({ "content-type": type })).toMatchObject([{ at: "options.headers.content-type" }]);
});

describe("a downstream's own headers must not be in each other's way:", () => {
  const apiKey = { apiKey: { header: "X-Api-Key", value: "k" } };
  it.each<[Partial<HttpOptions>, string]>([
    [{ auth: apiKey, headers: { "x-api-key": "other" } }, "headers.x-api-key"],
    [{ auth: apiKey, headers: { x_api_key: "other" } }, "headers.x_api_key"],
    [{ auth: apiKey, idempotencyHeader: "x-api-key" }, "idempotencyHeader"],
    [{ auth: { bearer: "t" }, idempotencyHeader: "Authorization" }, "idempotencyHeader"],
    [{ headers: { "x-once": "1" }, idempotencyHeader: "X-Once" }, "idempotencyHeader"],
    [{ headers: { "idempotency-key": "1" } }, "idempotencyHeader"],
    [{ auth: { apiKey: { header: "idempotency-key", value: "k" } } }, "idempotencyHeader"],
    [{ headers: { "x-a": "1", X_A: "2" } }, "headers.X_A"],
    [{ idempotencyHeader: "content-type" }, "idempotencyHeader"],
    [{ idempotencyHeader: "traceparent" }, "idempotencyHeader"],
    [{ auth: { apiKey: { header: "syncline-revision", value: "k" } } }, "auth.apiKey.header"],
  ])("%j", (options, place) => {
    expect(placesOf(options)).toEqual([place]);
  });

  it("and need not be", () => {
    expect(placesOf({ auth: apiKey, headers: { "x-a": "1" }, idempotencyHeader: "x-once" })).toEqual([]);
    expect(placesOf({ auth: { apiKey: { header: "Authorization", value: "Token x" } } })).toEqual([]);
  });
});

eachEngine("what arrives", ({ server, downstream }) => {
  it("is what the downstream sets, whatever else is joined to it", async () => {
    const invoker = downstream({
      auth: { apiKey: { header: "x-api-key", value: "the-key" } },
      headers: { "x-tenant": "acme", "Content-Type": "text/json" },
    });
    const trace = {
      "x-api-key": "a-plugin's",
      "X-Tenant": "a-plugin's",
      "content-type": "a-plugin's",
      traceparent: "00-a-b-01",
    };
    const headers = { prefer: "return=minimal" };
    expect(await invoker.invoke(upsert({ options: { headers } }), { ...given().context, trace })).toEqual({
      status: "accepted",
    });
    expect(server().last.headers).toMatchObject({
      "x-api-key": "the-key",
      "x-tenant": "acme",
      "content-type": "text/json",
      prefer: "return=minimal",
      traceparent: "00-a-b-01",
    });
  });

  it("is nothing of a strategy that was never checked, in code or in a table", async () => {
    const invoker = downstream({ auth: { apiKey: { header: "x-api-key", value: "the-key" } } });
    for (const name of ["x-api-key", "X_Api_Key", "cookie", "x-original-url", "x-unheard-of"]) {
      const outcome = await invoker.invoke(
        upsert({ strategy: name, options: { headers: { [name]: "x" } } }),
        given().context,
      );
      expect(failureOf(outcome)).toMatchObject({ kind: "misconfigured", code: "http.strategy", effect: "no" });
    }
    expect(server().received).toEqual([]);
  });
});

it("the downstream's headers win over a strategy's wherever they are joined", () => {
  const standing = new StandingHeaders({ "x-api-key": "strategy's", accept: "text/json", "content-type": "text/json" });
  expect(standing.after({ "x-api-key": "downstream's" }, "application/json")).toEqual({
    "x-api-key": "downstream's",
    accept: "text/json",
    "content-type": "text/json",
  });
});

it("a description shows what would be sent but for the downstream's own", async () => {
  const invoker = http({ baseUrl, headers: { "x-tenant": "acme" } }).open({ downstream: "crm", log: quiet });
  const shown = invoker.describe?.(
    upsert({ options: { headers: { Prefer: "return=minimal", "Content-Type": "text/json" } } }),
  );
  expect(shown?.headers).toEqual({
    accept: "application/json, */*;q=0.1",
    "content-type": "text/json",
    prefer: "return=minimal",
    "idempotency-key": "call-1",
    "syncline-revision": "7",
  });
  const refused = invoker.describe?.(upsert({ options: { headers: { "X-Tenant": "planted-22" } }, strategy: "other" }));
  expect(refused).toEqual({ problem: expect.stringMatching(/^options\.headers\.X-Tenant is set by the downstream/) });
  await invoker.close?.();
});
