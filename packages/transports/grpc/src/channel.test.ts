import { type Server, ServerCredentials, type ServiceDefinition } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { grpc } from "./grpc.ts";
import { checkGrpcOptions, type GrpcOptions } from "./options.ts";
import { callOf, failureOf, folder, patient, quiet, shopProto } from "./testing/calls.ts";
import { selfSigned } from "./testing/self-signed.ts";
import { type ShopServer, shopServer } from "./testing/shop-server.ts";

const schema = { proto: shopProto, include: [folder] };
const accepted = { status: "accepted" };
let shop: ShopServer | undefined;
afterEach(() => shop?.stop());

const open = (options: Partial<GrpcOptions> = {}) =>
  grpc({ address: shop?.address ?? "", schema, ...options }).open({ downstream: "crm", log: quiet });

function secured(mutual: boolean): ServerCredentials {
  const pair = { private_key: Buffer.from(selfSigned.key), cert_chain: Buffer.from(selfSigned.cert) };
  return ServerCredentials.createSsl(mutual ? Buffer.from(selfSigned.cert) : null, [pair], mutual);
}

describe("TLS", () => {
  const ca = selfSigned.cert;

  it("is the default, trusts whom the options say, and nobody else", async () => {
    shop = await shopServer(secured(false));
    const trusting = open({ tls: { ca } });
    expect(await trusting.invoke(callOf([{ id: "1" }]), patient())).toEqual(accepted);
    await trusting.close?.();
    const strict = open();
    expect(failureOf(await strict.invoke(callOf([{ id: "1" }]), patient()))).toMatchObject({
      kind: "misconfigured",
      effect: "no",
    });
    await strict.close?.();
    expect(shop.orders).toHaveLength(1);
  });

  it("shows our certificate to a server that asks who calls", async () => {
    shop = await shopServer(secured(true));
    const known = open({ tls: { ca, cert: selfSigned.cert, key: selfSigned.key } });
    expect(await known.invoke(callOf([{ id: "1" }]), patient())).toEqual(accepted);
    await known.close?.();
    const unknown = open({ tls: { ca } });
    expect((await unknown.invoke(callOf([{ id: "1" }]), patient())).status).toBe("failed");
    await unknown.close?.();
    expect(shop.orders).toHaveLength(1);
  });

  it("is misconfigured while its files cannot be read", async () => {
    shop = await shopServer(secured(false));
    const found = failureOf(await open({ tls: { ca: "file:/no/such.pem" } }).invoke(callOf([{}]), patient()));
    expect(found).toMatchObject({ kind: "misconfigured", code: "grpc.tls", effect: "no" });
    expect(found.message).toContain("/no/such.pem");
  });
});

describe("metadata", () => {
  it("has the downstream's, the strategy's, the token and what a receiver needs to be idempotent", async () => {
    shop = await shopServer();
    process.env.SYNCLINE_TEST_TENANT = "acme";
    const invoker = open({
      plaintext: true,
      auth: { bearer: () => "planted-secret" },
      metadata: { "x-tenant": "env:SYNCLINE_TEST_TENANT" },
      strategyHeaders: ["x-source"],
    });
    const options = { metadata: { "x-source": "shop" } };
    const context = { ...patient(), trace: { traceparent: "00-aa-bb-01" } };
    expect(await invoker.invoke(callOf([{ id: "1" }], { options }), context)).toEqual(accepted);
    expect(shop.metadata[0]?.getMap()).toMatchObject({
      authorization: "Bearer planted-secret",
      "x-tenant": "acme",
      "x-source": "shop",
      "idempotency-key": "call-1",
      "syncline-revision": "7",
      traceparent: "00-aa-bb-01",
    });
    await invoker.close?.();
    delete process.env.SYNCLINE_TEST_TENANT;
  });

  it("that cannot be resolved is unauthorized, and nothing is sent", async () => {
    shop = await shopServer();
    const invoker = open({ plaintext: true, auth: { bearer: "env:NO_SUCH_VARIABLE" } });
    expect(failureOf(await invoker.invoke(callOf([{}]), patient()))).toMatchObject({
      kind: "unauthorized",
      code: "grpc.secret",
      effect: "no",
    });
    expect(shop.orders).toEqual([]);
    await invoker.close?.();
  });
});

it("keeps one channel for many calls, and the environment's proxy has no say", async () => {
  shop = await shopServer();
  process.env.http_proxy = "http://127.0.0.1:9";
  try {
    const invoker = open({ plaintext: true });
    for (let call = 0; call < 20; call++)
      expect(await invoker.invoke(callOf([{ id: "1" }]), patient())).toEqual(accepted);
    const peers = new Set(shop.orders);
    expect(peers.size).toBe(20);
    await invoker.close?.();
  } finally {
    delete process.env.http_proxy;
  }
});

describe("a probe", () => {
  const health = (status: number) => (server: Server) => {
    const definition: ServiceDefinition = {
      Check: {
        path: "/grpc.health.v1.Health/Check",
        requestStream: false,
        responseStream: false,
        requestSerialize: (value: Buffer) => value,
        requestDeserialize: (bytes: Buffer) => bytes.toString("latin1"),
        responseSerialize: (value: number) => Buffer.from([8, value]),
        responseDeserialize: (bytes: Buffer) => bytes,
      },
    };
    server.addService(definition, {
      Check: (call: { request: string }, done: (error: null, value: number) => void) =>
        done(null, call.request === "\n\u0004shop" ? status : 3),
    } as never);
  };

  it("asks the health service for the name that the options give", async () => {
    shop = await shopServer(undefined, health(1));
    expect(await open({ plaintext: true, healthService: "shop" }).check?.(patient())).toBeUndefined();
    const other = await open({ plaintext: true, healthService: "else" }).check?.(patient());
    expect(other).toMatchObject({ kind: "unavailable", code: "grpc.not-serving", effect: "no" });
  });

  it("of a server without one is content with an answer", async () => {
    shop = await shopServer();
    expect(await open({ plaintext: true }).check?.(patient())).toBeUndefined();
    expect(shop.orders).toEqual([]);
  });
});

it("refuses options that make no sense, all at once, without a value", () => {
  const problems = checkGrpcOptions({
    address: "https://me:planted-secret@host",
    schema: { proto: "a.proto", reflection: true },
    metadata: { authorization: "planted-secret", "grpc-x": "1", fine: "ü" },
    keepaliveMs: 1,
    retries: 3,
  });
  expect(problems.map(({ at }) => at).sort()).toEqual([
    "address",
    "keepaliveMs",
    "metadata.authorization",
    "metadata.fine",
    "metadata.grpc-x",
    "retries",
    "schema",
  ]);
  expect(JSON.stringify(problems)).not.toContain("planted-secret");
  expect(checkGrpcOptions({ address: "169.254.169.254:443", schema })).toMatchObject([{ at: "address" }]);
  expect(checkGrpcOptions({ address: "dns:///169.254.169.254:443", schema })).toMatchObject([{ at: "address" }]);
  expect(checkGrpcOptions({ address: "orders.acme.internal:443", schema })).toEqual([]);
});
