import { createServer, type OutgoingHttpHeaders } from "node:http2";
import type { AddressInfo } from "node:net";
import { status as codes, Metadata } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { grpc } from "./grpc.ts";
import type { GrpcOptions } from "./options.ts";
import { callOf, failureOf, folder, patient, quiet, shopProto } from "./testing/calls.ts";
import { statusDetails } from "./testing/inbox-server.ts";
import { type ShopServer, shopServer } from "./testing/shop-server.ts";

let shop: ShopServer;
beforeEach(async () => {
  shop = await shopServer();
});
afterEach(() => shop.stop());

async function outcomeOf(answer: ShopServer["answer"], options: Partial<GrpcOptions> = {}, parts: object = {}) {
  shop.answer = answer;
  const schema = { proto: shopProto, include: [folder] };
  const invoker = grpc({ address: shop.address, plaintext: true, schema, ...options }).open({
    downstream: "crm",
    log: quiet,
  });
  const outcome = await invoker.invoke(callOf([{ id: "1" }], parts), patient());
  await invoker.close?.();
  return outcome;
}

/** What is made of the answer of somebody who is no gRPC server, but in front of one, or in its place. */
async function proxied(headers: OutgoingHttpHeaders, body: string) {
  const proxy = createServer();
  proxy.on("stream", (stream) => {
    stream.on("error", () => {});
    stream.respond(headers, { endStream: body === "" });
    if (body !== "") stream.end(body);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const outcome = await outcomeOf({}, { address });
  proxy.close();
  return outcome;
}

function withDetails(name: "RetryInfo" | "ErrorInfo" | "BadRequest", content: object): Metadata {
  const metadata = new Metadata();
  const [[header = "", text = ""] = []] = Object.entries(statusDetails(name, content));
  metadata.set(header, Buffer.from(text, "base64"));
  return metadata;
}

describe("a status", () => {
  it.each([
    ["CANCELLED", "transient", "maybe"],
    ["UNKNOWN", "transient", "maybe"],
    ["INVALID_ARGUMENT", "rejected", "no"],
    ["DEADLINE_EXCEEDED", "unavailable", "maybe"],
    ["NOT_FOUND", "rejected", "no"],
    ["ALREADY_EXISTS", "rejected", "no"],
    ["PERMISSION_DENIED", "unauthorized", "no"],
    ["RESOURCE_EXHAUSTED", "throttled", "no"],
    ["FAILED_PRECONDITION", "rejected", "no"],
    ["ABORTED", "transient", "maybe"],
    ["OUT_OF_RANGE", "rejected", "no"],
    ["UNIMPLEMENTED", "misconfigured", "no"],
    ["INTERNAL", "transient", "maybe"],
    ["UNAVAILABLE", "unavailable", "maybe"],
    ["DATA_LOSS", "transient", "maybe"],
    ["UNAUTHENTICATED", "unauthorized", "no"],
  ] as const)("%s is %s, effect %s, and its words are not repeated", async (name, kind, effect) => {
    const found = failureOf(await outcomeOf({ code: codes[name], details: "about Mrs Miller" }));
    expect(found).toMatchObject({ kind, code: `grpc.${name}`, effect });
    expect(found.message).toBe(`answered ${name}`);
    expect(shop.orders).toHaveLength(1);
  });

  it("in which a server speaks of TLS does not say that nothing was sent", async () => {
    const details = "upstream TLS error: CERTIFICATE_VERIFY_FAILED";
    const found = failureOf(await outcomeOf({ code: codes.UNAVAILABLE, details }));
    expect(found).toMatchObject({ kind: "unavailable", effect: "maybe" });
    expect(shop.orders).toHaveLength(1);
  });

  it("that speaks of a size is too-large", async () => {
    const details = "Received message larger than max (10 vs. 4)";
    expect(failureOf(await outcomeOf({ code: 8, details }))).toMatchObject({ kind: "too-large", effect: "no" });
  });

  it("means what the options say, by its name or by its reason", async () => {
    expect(await outcomeOf({ code: 6 }, { statusKinds: { ALREADY_EXISTS: "accepted" } })).toEqual({
      status: "accepted",
    });
    const metadata = withDetails("ErrorInfo", { reason: "LOCKED_BY_CLERK", domain: "shop" });
    const statusKinds = { LOCKED_BY_CLERK: "transient", FAILED_PRECONDITION: "misconfigured" } as const;
    const found = failureOf(await outcomeOf({ code: 9, metadata }, { statusKinds }));
    expect(found).toMatchObject({ kind: "transient", code: "grpc.FAILED_PRECONDITION.LOCKED_BY_CLERK" });
  });

  it("brings its RetryInfo, or gRPC's own pushback", async () => {
    const metadata = withDetails("RetryInfo", { retry_delay: { seconds: 7, nanos: 250_000_000 } });
    expect(failureOf(await outcomeOf({ code: 8, metadata }))).toMatchObject({ kind: "throttled", retryAfterMs: 7_250 });
    const pushback = new Metadata();
    pushback.set("grpc-retry-pushback-ms", "1500");
    expect(failureOf(await outcomeOf({ code: 14, metadata: pushback }))).toMatchObject({ retryAfterMs: 1_500 });
  });

  it.each([
    ["RetryInfo of nothing", withDetails("RetryInfo", { retry_delay: { seconds: 0, nanos: 0 } })],
    ["a negative RetryInfo", withDetails("RetryInfo", { retry_delay: { seconds: -7, nanos: 0 } })],
    ["RetryInfo without a delay", withDetails("RetryInfo", {})],
    ...["0", "-1", "soon", "1.5"].map((text) => {
      const metadata = new Metadata();
      metadata.set("grpc-retry-pushback-ms", text);
      return [`a pushback of ${text}`, metadata] as const;
    }),
  ] as const)("with %s has no wish", async (_, metadata) => {
    const found = failureOf(await outcomeOf({ code: 8, metadata }));
    expect(found).toMatchObject({ kind: "throttled" });
    expect(found).not.toHaveProperty("retryAfterMs");
  });

  it("with RetryInfo of nothing leaves the word to a pushback", async () => {
    const metadata = withDetails("RetryInfo", { retry_delay: { seconds: 0, nanos: 0 } });
    metadata.set("grpc-retry-pushback-ms", "1500");
    expect(failureOf(await outcomeOf({ code: 8, metadata }))).toMatchObject({ retryAfterMs: 1_500 });
  });

  it.each([
    [500, "unavailable", "maybe"],
    [502, "unavailable", "maybe"],
    [503, "unavailable", "maybe"],
    [504, "unavailable", "maybe"],
    [520, "unavailable", "maybe"],
    [530, "unavailable", "maybe"],
    [599, "unavailable", "maybe"],
    [499, "unavailable", "maybe"],
    [505, "misconfigured", "no"],
    [511, "unauthorized", "no"],
    [400, "misconfigured", "no"],
    [401, "unauthorized", "no"],
    [402, "unauthorized", "no"],
    [403, "unauthorized", "no"],
    [404, "misconfigured", "no"],
    [405, "misconfigured", "no"],
    [407, "unauthorized", "no"],
    [408, "transient", "maybe"],
    [413, "too-large", "no"],
    [414, "misconfigured", "no"],
    [421, "misconfigured", "no"],
    [425, "transient", "no"],
    [429, "throttled", "no"],
    [302, "misconfigured", "maybe"],
    [200, "misconfigured", "maybe"],
  ] as const)("that a proxy gives over HTTP, %i, means what it does there: %s, %s", async (status, kind, effect) => {
    for (const body of ["", "<html>", `<html>${"x".repeat(100_000)}`]) {
      const headers = { ":status": status, "content-type": "text/html", "retry-after": "7, 7" };
      const found = failureOf(await proxied(headers, body));
      expect(found).toMatchObject({ kind, effect, retryAfterMs: 7_000 });
      expect(found.message).toMatch(/which a proxy may have given|no gRPC/);
    }
  });

  it("that a proxy gives with a status of gRPC is the latter's", async () => {
    const headers = { ":status": 413, "content-type": "application/grpc", "grpc-status": "3" };
    expect(failureOf(await proxied(headers, ""))).toMatchObject({ kind: "rejected", code: "grpc.INVALID_ARGUMENT" });
  });

  it.each([
    ["UNKNOWN", "Payload Too Large", "Envoy"],
    ["UNKNOWN", "unexpected HTTP status code received from server: 413 (Request Entity Too Large)", "a gateway in Go"],
    ["INTERNAL", "HTTP status code 413\ninvalid content-type: text/html", "a gateway in Java"],
    ["UNKNOWN", "Received http2 header with status: 413", "a gateway in C++"],
    ["OUT_OF_RANGE", "Error, decoded message length too large: found 10 bytes, the limit is: 5 bytes", "tonic"],
    ["INVALID_ARGUMENT", "etcdserver: request is too large", "etcd"],
    ["INVALID_ARGUMENT", "Request payload size exceeds the limit: 10485760 bytes.", "Google"],
    ["RESOURCE_EXHAUSTED", "grpc: received message larger than max (10 vs. 5)", "Go"],
    ["RESOURCE_EXHAUSTED", "gRPC message exceeds maximum size 5: 10", "Java"],
    ["RESOURCE_EXHAUSTED", "Received message exceeds the maximum configured message size.", ".NET"],
  ] as const)("%s: %s, as %s says it, is too-large", async (name, details, _) => {
    expect(failureOf(await outcomeOf({ code: codes[name], details }))).toMatchObject({
      kind: "too-large",
      effect: "no",
    });
  });

  it.each([
    ["INVALID_ARGUMENT", "the discount is too large", "rejected"],
    ["INVALID_ARGUMENT", "the amount exceeds the limit of the account", "rejected"],
    ["INTERNAL", "the tax service: HTTP status code 404", "transient"],
    ["RESOURCE_EXHAUSTED", "Quota exceeded for quota metric", "throttled"],
  ] as const)("%s: %s, is not", async (name, details, kind) => {
    expect(failureOf(await outcomeOf({ code: codes[name], details }))).toMatchObject({ kind });
  });

  it("names the fields of a bad request, without what is said of them", async () => {
    const metadata = withDetails("BadRequest", {
      field_violations: [{ field: "customer.email", description: "about Mrs Miller" }],
    });
    const found = failureOf(await outcomeOf({ code: 3, metadata }));
    expect(found.message).toBe("answered INVALID_ARGUMENT (fields: customer.email)");
  });

  it("keeps no reason that nobody has named, and no field that the request has not: they may be secrets, or a row's", async () => {
    const reason = withDetails("ErrorInfo", { reason: "SK_LIVE_51H", domain: "shop" });
    const found = failureOf(await outcomeOf({ code: 9, metadata: reason }));
    expect(found).toMatchObject({ kind: "rejected", code: "grpc.FAILED_PRECONDITION" });
    const fields = [
      "sk_live_51H",
      "customer.sk_live_51H",
      "id.sk_live_51H",
      "constructor",
      "watchers[0].email",
      "placedAt",
    ];
    const violations = { field_violations: fields.map((field) => ({ field, description: "" })) };
    const named = failureOf(await outcomeOf({ code: 3, metadata: withDetails("BadRequest", violations) }));
    expect(named.message).toBe("answered INVALID_ARGUMENT (fields: watchers[0].email, placedAt)");
    expect(JSON.stringify([found, named])).not.toMatch(/sk_live/i);
  });

  it("with details that cannot be read is the status alone", async () => {
    const metadata = new Metadata();
    metadata.set("grpc-status-details-bin", Buffer.from([255, 255, 255]));
    expect(failureOf(await outcomeOf({ code: 3, metadata }))).toMatchObject({
      kind: "rejected",
      code: "grpc.INVALID_ARGUMENT",
    });
  });

  it("NOT_FOUND to a delete is what was wanted", async () => {
    const parts = { operation: "delete", items: [{ ...callOf([null]).items[0], key: { id: "1" } }] };
    expect(await outcomeOf({ code: 5 }, {}, parts)).toEqual({ status: "accepted" });
    expect(shop.orders).toEqual([{ id: "1" }]);
  });
});

it("judges an OK answer by the strategy's rules, what is 0 included", async () => {
  const options = { answer: { ok: { path: "code", in: [0] }, kinds: { path: "code", map: { 7: "rejected" } } } };
  expect(await outcomeOf({ code: 0, reply: 0 }, {}, { options })).toEqual({ status: "accepted" });
  expect(failureOf(await outcomeOf({ code: 0, reply: 7 }, {}, { options }))).toMatchObject({
    kind: "rejected",
    code: "grpc.body.7",
  });
  expect(failureOf(await outcomeOf({ code: 0, reply: 9 }, {}, { options }))).toMatchObject({ kind: "transient" });
});

it("does not send what is larger than the downstream takes", async () => {
  const found = failureOf(await outcomeOf({ code: 0, reply: 0 }, { maxBytes: 1 }));
  expect(found).toMatchObject({ kind: "too-large", code: "grpc.max-bytes", effect: "no" });
  expect(shop.orders).toEqual([]);
});
