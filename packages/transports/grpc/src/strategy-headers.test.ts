import { afterEach, describe, expect, it } from "vitest";
import { grpc } from "./grpc.ts";
import { checkGrpcOptions, type GrpcOptions } from "./options.ts";
import { callOf, failureOf, folder, patient, quiet, shopProto, strategyOf } from "./testing/calls.ts";
import { type ShopServer, shopServer } from "./testing/shop-server.ts";

let shop: ShopServer | undefined;
afterEach(() => shop?.stop());

const schema = { proto: shopProto, include: [folder] };
const configured: Partial<GrpcOptions> = {
  auth: { bearer: "the-token" },
  metadata: { "x-api-key": "the-key", "x-tenant": "acme", x_shard: "7" },
  strategyHeaders: ["x-acme-*", "accept-language"],
};
const transport = (options: Partial<GrpcOptions> = configured) =>
  grpc({ address: shop?.address ?? "127.0.0.1:1", plaintext: true, schema, ...options });
const problemsOf = (metadata: object, options?: Partial<GrpcOptions>) =>
  transport(options).checkStrategy?.(strategyOf({ options: { metadata } as never })) ?? [];

async function send(metadata: { readonly [name: string]: string }, trace = {}, options?: Partial<GrpcOptions>) {
  shop = await shopServer();
  const invoker = transport(options).open({ downstream: "crm", log: quiet });
  const call = callOf([{ id: "1" }], { options: { metadata } });
  const outcome = await invoker.invoke(call, { ...patient(), trace });
  const shown = invoker.describe?.(call);
  await invoker.close?.();
  return { outcome, shown };
}

const never =
  `x-api-key x_api_key x.api.key x-tenant x_tenant x-shard authorization cookie grpc-timeout grpc-encoding grpc_timeout
  x-acme-bin x_acme_bin content-type te host user-agent connection x-forwarded-for x-forwarded-host forwarded x-real-ip
  x-original-url x-http-method-override x-envoy-original-path x-envoy-internal x-goog-authenticated-user-email via
  traceparent tracestate baggage syncline-revision syncline_version idempotency-key webhook-id ce-id :path :authority X-Acme-A x-unheard-of`
    .trim()
    .split(/\s+/);

describe("a strategy cannot set", () => {
  it.each(never)("%s", async (name) => {
    const problems = problemsOf({ [name]: "planted-22" });
    expect(problems).toMatchObject([{ at: `options.metadata.${name}` }]);
    const { outcome, shown } = await send({ [name]: "planted-22" });
    expect(failureOf(outcome)).toMatchObject({ kind: "misconfigured", code: "grpc.strategy", effect: "no" });
    expect(JSON.stringify([problems, outcome, shown])).not.toContain("planted-22");
    expect(shop?.metadata).toEqual([]);
  });
});

it("a strategy sets what the downstream lists, by default what versions and languages need", async () => {
  expect(problemsOf({ "x-api-version": "2", "api-version": "2", "accept-language": "de" }, {})).toEqual([]);
  expect(problemsOf({ "x-acme-batch": "1", "accept-language": "de" })).toEqual([]);
  expect(problemsOf({ "x-api-version": "2" })).toHaveLength(1);
  expect(problemsOf({ "accept-language": "de" }, { strategyHeaders: [] })).toHaveLength(1);
});

it("what the downstream sets arrives once, whoever else would set it", async () => {
  const trace = {
    "X-Api-Key": "a-plugin's",
    "x-tenant": "a-plugin's",
    "Idempotency-Key": "a-plugin's",
    traceparent: "00-a-b-01",
  };
  const { outcome, shown } = await send({ "x-acme-batch": "1" }, trace);
  expect(outcome).toEqual({ status: "accepted" });
  const arrived = shop?.metadata[0];
  const names = ["authorization", "x-api-key", "x-tenant", "idempotency-key", "x-acme-batch", "traceparent"];
  expect(names.map((name) => arrived?.get(name))).toEqual([
    ["Bearer the-token"],
    ["the-key"],
    ["acme"],
    ["call-1"],
    ["1"],
    ["00-a-b-01"],
  ]);
  expect(shown?.metadata).toEqual({ "x-acme-batch": "1", "idempotency-key": "call-1" });
});

it("a downstream's list names nothing that it sets itself or that nobody may set", () => {
  const places = (options: Partial<GrpcOptions>) =>
    checkGrpcOptions({ address: "a:1", schema, ...configured, ...options }).map(({ at }) => at);
  expect(places({})).toEqual([]);
  expect(places({ strategyHeaders: ["x-tenant", "X_Api_Key", "x-ok"] })).toEqual([
    "strategyHeaders[0]",
    "strategyHeaders[1]",
  ]);
  for (const name of ["cookie", "x-forwarded-*", "*", "x-*", "authorization", "traceparent"])
    expect(places({ strategyHeaders: [name] }), name).toEqual(["strategyHeaders[0]"]);
  expect(places({ metadata: { "x-tenant": "a", x_tenant: "b" } })).toEqual(["metadata.x_tenant"]);
});
