import { type AddressInfo, connect, createServer, type Socket } from "node:net";
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

it("replaces a channel that is old, and calls under way end on it", async () => {
  shop = await shopServer();
  const port = Number(shop.address.split(":")[1]);
  const ways: { readonly near: Socket; readonly far: Socket }[] = [];
  const between = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    ways.push({ near, far });
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(between.address() as AddressInfo).port}`;
  const invoker = open({ plaintext: true, address, connectionAgeMs: 1 });
  const call = () => invoker.invoke(callOf([{ id: "1" }]), patient());
  const held = call();
  while (shop.orders.length === 0) await new Promise((resolve) => setImmediate(resolve));
  ways[0]?.far.pause();
  while (ways.length < 3) expect(await call()).toEqual(accepted);
  ways[0]?.far.resume();
  expect(await held).toEqual(accepted);
  await invoker.close?.();
  for (const { near } of ways) near.destroy();
  await new Promise((resolve) => between.close(resolve));
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

describe("where a channel may lead", () => {
  it.each([
    "169.254.169.254:443",
    "169.254.169.254",
    "[::ffff:a9fe:a9fe]:443",
    "::ffff:a9fe:a9fe",
    "0xa9fea9fe:443",
    "2852039166:80",
    "dns:169.254.169.254:443",
    "dns:///169.254.169.254.:443",
    "dns://169.254.169.254/orders.acme.internal:443",
    "DNS:///0251.0376.0251.0376:443",
    "ipv4:127.0.0.1:80,169.254.169.254:80",
    "ipv6:[64:ff9b::a9fe:a9fe]:80",
    "[fe80::a9fe:a9fe%eth0]:443",
    "169.254.20.10:53",
    "xds:///orders",
    "google-c2p:///orders",
    "file:///etc/passwd",
  ])("refuses %s", (address) => {
    expect(checkGrpcOptions({ address, schema })).toMatchObject([{ at: "address" }]);
  });

  it.each([
    "127.0.0.1:50051",
    "[::1]:50051",
    "dns:///orders:443",
    "ipv4:10.0.0.1:80,10.0.0.2:80",
    "unix:/run/orders",
    "orders",
  ])("does not refuse %s, but where private networks are", (address) => {
    expect(checkGrpcOptions({ address, schema })).toEqual([]);
    const network = { privateNetworks: false };
    const isName = address.includes("orders") && !address.startsWith("unix");
    expect(checkGrpcOptions({ address, schema, network })).toMatchObject(isName ? [] : [{ at: "address" }]);
  });

  it("is judged by the address that a name led to, before a byte is sent", async () => {
    shop = await shopServer();
    const { port } = new URL(`http://${shop.address}`);
    for (const address of [`localhost:${port}`, `dns:///localhost:${port}`, `0x7f.1:${port}`, `2130706433:${port}`]) {
      const fenced = grpc({ address, plaintext: true, schema, network: { deny: ["127.0.0.0/8", "::1"] } });
      const invoker = fenced.open({ downstream: "crm", log: quiet });
      const found = failureOf(await invoker.invoke(callOf([{ id: "1" }]), patient()));
      expect(found).toMatchObject({ kind: "misconfigured", code: "net.denied-address", effect: "no" });
      expect(await invoker.check?.(patient())).toMatchObject({ code: "net.denied-address" });
      await invoker.close?.();
    }
    expect(shop.orders).toEqual([]);
  });

  it("is each downstream's own: a connection that another one has is not shared", async () => {
    shop = await shopServer();
    const address = `localhost:${shop.address.split(":")[1]}`;
    const open = grpc({ address, plaintext: true, schema }).open({ downstream: "crm", log: quiet });
    expect(await open.invoke(callOf([{ id: "1" }]), patient())).toEqual({ status: "accepted" });
    const network = { privateNetworks: false };
    const fenced = grpc({ address, plaintext: true, schema, network }).open({ downstream: "crm", log: quiet });
    expect(failureOf(await fenced.invoke(callOf([{ id: "1" }]), patient()))).toMatchObject({
      code: "net.denied-address",
    });
    await Promise.all([open.close?.(), fenced.close?.()]);
  });

  it("is not what the environment's proxy says", async () => {
    shop = await shopServer();
    const names = ["grpc_proxy", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"];
    for (const name of names) process.env[name] = "http://127.0.0.1:9";
    try {
      const address = `localhost:${shop.address.split(":")[1]}`;
      const open = grpc({ address, plaintext: true, schema }).open({ downstream: "crm", log: quiet });
      expect(await open.invoke(callOf([{ id: "1" }]), patient())).toEqual({ status: "accepted" });
      await open.close?.();
    } finally {
      for (const name of names) delete process.env[name];
    }
  });

  it("must be TLS where the policy says so", () => {
    const network = { requireTls: true };
    expect(checkGrpcOptions({ address: "orders:443", schema, network })).toEqual([]);
    expect(checkGrpcOptions({ address: "orders:443", schema, network, plaintext: true })).toMatchObject([
      { at: "plaintext" },
    ]);
  });
});
