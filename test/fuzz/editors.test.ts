import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { category } from "@syncline/core";
import { storedStrategy } from "@syncline/core/adapter-kit";
import type { Strategy, SyncCall, Transport, WireValue } from "@syncline/core/spi";
import { grpc } from "@syncline/grpc";
import { http } from "@syncline/http";
import { soap } from "@syncline/soap";
import { testCall, testItem } from "@syncline/testkit/makers";
import { afterAll, expect, it } from "vitest";
import { postgresDialect } from "../../packages/adapters/postgres/src/dialect.ts";
import { createQueryComposer } from "../../packages/core/src/compose/query-composer.ts";
import { checkStrategy } from "../../packages/core/src/container/strategy-check.ts";
import { EventHub } from "../../packages/core/src/engine/events.ts";
import { Faults } from "../../packages/core/src/engine/guard/faults.ts";
import { defaultTuning } from "../../packages/core/src/engine/tuning.ts";
import { createDictionary } from "../../packages/core/src/model/category.ts";
import { loadStrategies } from "../../packages/core/src/stores/load-strategies.ts";
import { folder, shopProto } from "../../packages/transports/grpc/src/testing/calls.ts";
import { shopServer } from "../../packages/transports/grpc/src/testing/shop-server.ts";
import { inboxWsdl } from "../../packages/transports/soap/src/testing/inbox-server.ts";
import { asServersRead, staysBelow } from "../security/as-servers-read.ts";
import { Dice, hostileDefinition, hostileRow } from "./hostile-definitions.ts";

/**
 * Whatever stands in `syncline.strategy` and whatever a row holds: a definition is refused in words, or what
 * it sends arrives below the base URL, once, with the downstream's credentials and no header but those
 * allowed.
 */
const definitions = Number(process.env.SYNCLINE_EDITORS ?? 2_000);
const firstSeed = Number(process.env.SYNCLINE_SEED ?? 1);

const heard = new Map<string, IncomingMessage[]>();
const server = createServer((incoming, response) => {
  const id = String(incoming.headers["idempotency-key"]);
  heard.set(id, [...(heard.get(id) ?? []), incoming]);
  incoming.resume();
  incoming.on("end", () => response.end("{}"));
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
const shop = await shopServer();
afterAll(async () => {
  for (const { invokers } of Object.values(downstreams)) for (const invoker of invokers) await invoker.close?.();
  await shop.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const credentials = { "x-api-key": "the-key", "x-tenant": "acme", authorization: "Bearer the-token" };
const own = { headers: { "x-api-key": "the-key", "x-tenant": "acme" }, auth: { bearer: "the-token" } };
const strategyHeaders = ["x-acme-*", "accept", "accept-language", "prefer", "content-type"];
const never = new AbortController().signal;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const opened = (...transports: readonly [Transport, ...Transport[]]) => ({
  transport: transports[0],
  invokers: transports.map((transport) => transport.open({ downstream: "fuzzed", log: quiet })),
});
const overHttp = { baseUrl: `http://${host}/api/v1`, ...own, strategyHeaders };
const downstreams: { readonly [name: string]: ReturnType<typeof opened> } = {
  // Each way of sending that an application may choose.
  http: opened(http(overHttp), http({ ...overHttp, configure: () => {} }), http({ ...overHttp, engine: "node" })),
  soap: opened(soap({ wsdl: inboxWsdl, endpoint: `http://${host}/soap/inbox?wsdl=no`, ...own, strategyHeaders })),
  grpc: opened(
    grpc({
      address: shop.address,
      plaintext: true,
      schema: { proto: shopProto, include: [folder] },
      auth: own.auth,
      metadata: own.headers,
      strategyHeaders,
    }),
  ),
};
for (const { transport } of Object.values(downstreams)) await transport.prepare?.(AbortSignal.timeout(10_000));
const transports = Object.fromEntries(Object.entries(downstreams).map(([name, { transport }]) => [name, transport]));
const dictionary = createDictionary([category("order", { orderId: "string" })]);
const composer = createQueryComposer(postgresDialect);
/** What is kept apart in a pipeline is a failure here. */
class NoFaults extends Faults {
  override caught(_part: string, _member: string, error: unknown): void {
    throw error;
  }
}
const faults = new NoFaults(new EventHub(() => {}));

/** As a worker reads the table: the row's text, its form, its template, its downstream's judgement. */
async function accepted(text: string): Promise<Strategy | undefined> {
  const stored = storedStrategy("syncline.strategy", "fuzzed", text);
  const store = { load: async () => ({ strategies: [stored], revision: "1" }) };
  const { strategies, invalid } = await loadStrategies(store, dictionary, never);
  const strategy = strategies.get("fuzzed");
  const problems =
    strategy === undefined
      ? (invalid[0]?.problems ?? [])
      : checkStrategy(strategy, { composer, tuning: defaultTuning, downstreams: transports, faults });
  const isTold = problems.every(({ at, message }) => typeof at === "string" && /\S/.test(message));
  if (!isTold || (strategy === undefined && problems.length === 0)) throw new Error(JSON.stringify(problems));
  return problems.length === 0 ? strategy : undefined;
}

function callOf(strategy: Strategy, dice: Dice, callId: string): SyncCall {
  const operation = strategy.whenAbsent === "delete" && dice.chance(40) ? "delete" : "upsert";
  const items = Array.from({ length: strategy.batch > 1 ? 2 : 1 }, (_, index) => {
    const { key, body } = hostileRow(dice);
    const document = (operation === "delete" ? null : body) as WireValue;
    return testItem({ deliveryId: `d-${callId}-${index}`, key: { orderId: key }, body: document });
  });
  const { name, path, method, options, batch } = strategy;
  return testCall({ callId, strategy: name, operation, path, method, options, batched: batch > 1, items });
}

const known = new Set(
  `host connection content-length content-type accept accept-encoding user-agent idempotency-key syncline-revision soapaction accept-language prefer
   x-api-key x-tenant authorization transfer-encoding`
    .trim()
    .split(/\s+/),
);

const isAllowed = (name: string) => known.has(name) || /^x-acme-[a-z-]+$/.test(name);

function judge(incoming: IncomingMessage, transport: string): void {
  const target = incoming.url ?? "";
  if (transport === "soap") expect(target).toBe("/soap/inbox?wsdl=no");
  else if (!staysBelow(target, "/api/v1/"))
    throw new Error(`${target} may be read as ${asServersRead(target).join(" ")}`);
  expect(["PUT", "POST", "PATCH", "DELETE"]).toContain(incoming.method);
  const names = incoming.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  expect(names.filter((name) => !isAllowed(name))).toEqual([]);
  expect(new Set(names).size, "each header once").toBe(names.length);
  expect(incoming.headers).toMatchObject({ ...credentials, host });
  const type = incoming.headers["content-type"];
  if (transport === "http" && type !== undefined) expect(type).toMatch(/^[a-z]+\/[\w.+-]*(json|ndjson)(;|$)/);
  if (transport === "soap") expect(incoming.headers.soapaction).toMatch(/^"urn:example:inbox:\w+"$/);
}

it(`${definitions} definitions of hostile editors, with hostile rows`, { timeout: 3_600_000 }, async () => {
  const counts = { refused: 0, unsendable: 0, sent: 0, calls: 0 };
  const byTransport: { [name: string]: number } = {};
  const run = async (seed: number) => {
    const dice = new Dice(seed);
    const text = hostileDefinition(dice);
    const strategy = await accepted(text);
    if (strategy === undefined) {
      counts.refused += 1;
      return;
    }
    const { invokers = [] } = downstreams[strategy.downstream] ?? {};
    const invoker = invokers[seed % invokers.length];
    if (invoker === undefined) throw new Error("a strategy without a downstream was accepted");
    for (let round = 0; round < 3; round += 1) {
      const callId = `call-${seed}-${round}`;
      const call = callOf(strategy, dice, callId);
      const told = invoker.describe?.(call);
      const before = shop.metadata.length;
      const outcome = await invoker.invoke(call, {
        signal: never,
        deadline: Date.now() + 60_000,
        trace: {},
      });
      const requests = heard.get(callId) ?? [];
      heard.delete(callId);
      counts.calls += 1;
      if (outcome.status === "unsendable") counts.unsendable += 1;
      if (outcome.status === "failed") expect(outcome.failure.code, outcome.failure.message).not.toMatch(/\.strategy$/);
      if (strategy.downstream === "grpc") {
        for (const metadata of shop.metadata.slice(before)) {
          for (const [name, value] of Object.entries(credentials)) expect(metadata.get(name)).toEqual([value]);
          expect(Object.keys(metadata.getMap()).filter((name) => !isAllowed(name))).toEqual([]);
        }
        expect(shop.metadata.length - before, "calls of one call").toBeLessThanOrEqual(1);
        if (shop.metadata.length > before) byTransport.grpc = (byTransport.grpc ?? 0) + 1;
        continue;
      }
      expect(requests.length, "requests of one call").toBeLessThanOrEqual(1);
      if (outcome.status === "accepted" || outcome.status === "partial") expect(requests).toHaveLength(1);
      if (outcome.status === "unsendable") expect([requests.length, typeof told?.problem]).toEqual([0, "string"]);
      for (const incoming of requests) {
        judge(incoming, strategy.downstream);
        counts.sent += 1;
        byTransport[strategy.downstream] = (byTransport[strategy.downstream] ?? 0) + 1;
      }
    }
  };
  for (let seed = firstSeed; seed < firstSeed + definitions; seed += 1) {
    await run(seed).catch((error: unknown) => {
      throw new Error(`seed ${seed}: ${hostileDefinition(new Dice(seed)).slice(0, 2_000)}`, { cause: error });
    });
  }
  expect([...heard.keys()], "requests of no call").toEqual([]);
  console.info(JSON.stringify({ definitions, ...counts, byTransport }));
  // Enough of each, or nothing was tried.
  expect(counts.refused).toBeGreaterThan(definitions / 5);
  expect(counts.unsendable).toBeGreaterThan(definitions / 50);
  for (const name of Object.keys(downstreams)) expect(byTransport[name], name).toBeGreaterThan(definitions / 50);
});
