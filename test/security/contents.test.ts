import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { category, createPipeline, healthListener, type PipelineEvent, strategy } from "@syncline/core";
import type { Transport } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { grpc } from "@syncline/grpc";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import { soap } from "@syncline/soap";
import pg from "pg";
import { afterAll, expect, it, vi } from "vitest";
import { waitFor } from "../harness/wait-for.ts";
import { tellingGrpcServer, tellingHttpServer } from "./telling-servers.ts";

/**
 * What is in the rows, and must be in nothing that is told. As it would be seen in any form that
 * comes to mind.
 */
const canary = "canary_7";
const forms = new RegExp(
  [
    canary,
    Buffer.from(canary).toString("base64").slice(0, 12),
    Buffer.from(canary).toString("hex"),
    "8937040044",
    "\\u001b",
  ].join("|"),
  "i",
);
const note = `${canary} "x\n2026-01-01 ERROR \u001b[31madmin`;

const texts: string[] = [];
const tell = (what: string, value: unknown) => {
  texts.push(`${what}: ${inspect(value, { depth: 12, showHidden: true, breakLength: Number.POSITIVE_INFINITY })}`);
};
for (const method of ["log", "info", "warn", "error", "debug"] as const)
  vi.spyOn(console, method).mockImplementation((...parts) => tell(`console.${method}`, parts));
afterAll(() => vi.restoreAllMocks());

const events: readonly PipelineEvent[] = [
  ...([
    "started",
    "stopped",
    "dispatched",
    "refused",
    "delivered",
    "absent",
    "retried",
    "released",
    "dead",
    "held",
  ] as const),
  ...([
    "late",
    "circuitOpened",
    "circuitClosed",
    "downstreamSuspended",
    "downstreamResumed",
    "strategiesLoaded",
  ] as const),
  ...(["strategyInvalid", "stalled", "resumed", "error"] as const),
];
const order = category("order", { orderId: "bigint" });
const protocols = (name: string) => fileURLToPath(new URL(`../protocols/${name}`, import.meta.url));
const rows = "SELECT o.id, o.note FROM orders o WHERE o.id = :orderId";

/** A transport of somebody else's, which does not catch what encoding its items throws. */
const careless = (invoke: (json: string) => unknown): Transport => ({
  specVersion: 1,
  name: "careless",
  capabilities: { batch: false, delete: true, perItemOutcome: false },
  open: () => ({ invoke: async (call) => invoke(call.items[0]?.json ?? "") as never, close: async () => {} }),
});

/** By name: the downstream, and what the strategy has beside the usual. */
const failing: { readonly [name: string]: readonly [downstream: string, options: object] } = {
  cast: ["http", { query: "SELECT o.id, o.note::numeric AS note FROM orders o WHERE o.id = :orderId" }],
  lookup: ["http", { query: "SELECT quote_ident(o.note)::regclass AS id FROM orders o WHERE o.id = :orderId" }],
  type: ["http", { query: "SELECT (o.note || '((')::regtype AS id FROM orders o WHERE o.id = :orderId" }],
  raise: ["http", { query: "SELECT tell(o.note) AS id FROM orders o WHERE o.id = :orderId" }],
  spill: [
    "http",
    { query: "SELECT o.id, (SELECT string_agg(note, ';') FROM orders)::int AS n FROM orders o WHERE o.id = :orderId" },
  ],
  digits: [
    "http",
    { numbers: "number", query: "SELECT o.id, o.digits::numeric AS n FROM orders o WHERE o.id = :orderId" },
  ],
  version: [
    "http",
    {
      versionColumn: "v",
      query: "SELECT o.id, jsonb_build_object('a', o.note) AS v FROM orders o WHERE o.id = :orderId",
    },
  ],
  map: ["http", { map: (row: { note: string }) => JSON.parse(row.note) }],
  "map-big": ["http", { map: (row: { note: string }) => BigInt(row.note) }],
  "map-own": [
    "http",
    {
      map: (row: { note: string }) => {
        throw new Error(row.note, { cause: row });
      },
    },
  ],
  path: [
    "http",
    { path: "/500/{note}", query: "SELECT o.id, '../' || o.note AS note FROM orders o WHERE o.id = :orderId" },
  ],
  "http-422": ["http", { path: "/422" }],
  "http-500": ["http", { path: "/500" }],
  "http-text": ["http", { path: "/500/text" }],
  "http-302": ["http", { path: "/302" }],
  "http-broken": ["http", { path: "/500/broken" }],
  "http-rules": [
    "http",
    {
      path: "/200",
      options: { answer: { ok: { path: "status", in: ["OK"] }, kinds: { path: "code", map: { LIMIT: "throttled" } } } },
    },
  ],
  "http-items": [
    "http",
    {
      batch: 10,
      path: "/200",
      options: { answer: { items: { path: "errors", index: "index", code: "code", kind: "rejected" } } },
    },
  ],
  "grpc-answer": [
    "grpc",
    { path: "shop.v1.Orders/Put", query: "SELECT o.id, o.note AS status FROM orders o WHERE o.id = :orderId" },
  ],
  "grpc-number": [
    "grpc",
    { path: "shop.v1.Orders/Put", query: "SELECT o.note AS id FROM orders o WHERE o.id = :orderId" },
  ],
  "grpc-member": [
    "grpc",
    {
      path: "shop.v1.Orders/Put",
      query: "SELECT o.id, jsonb_build_object(o.note, 1) AS status FROM orders o WHERE o.id = :orderId",
    },
  ],
  "soap-fault": [
    "soap",
    { path: "Put", query: "SELECT o.id, split_part(o.note, ' ', 1) AS status FROM orders o WHERE o.id = :orderId" },
  ],
  "soap-number": [
    "soap",
    { path: "Put", query: "SELECT o.note AS id, 'x' AS status FROM orders o WHERE o.id = :orderId" },
  ],
  "soap-text": ["soap", { path: "Put", query: "SELECT o.id, o.note AS status FROM orders o WHERE o.id = :orderId" }],
  "soap-member": [
    "soap",
    { path: "Put", query: "SELECT o.id, jsonb_build_object(o.note, 1) AS status FROM orders o WHERE o.id = :orderId" },
  ],
  throwing: ["throwing", {}],
  "throwing-late": ["throwing-late", {}],
};

it("what rows hold is in no log, event, dead letter, status, page of health, or error, however a read or a call of them fails", async () => {
  const url = await testDatabase();
  const shop = new pg.Pool({ connectionString: url });
  shop.on("error", () => {});
  await shop.query(`
    CREATE TABLE orders (id bigint PRIMARY KEY, note text, digits text);
    CREATE FUNCTION tell(note text) RETURNS text LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION '%', note USING ERRCODE = '42703', DETAIL = note, HINT = note, COLUMN = note; END $$`);
  await shop.query(
    "INSERT INTO orders SELECT n, $1, '8937040044053201300.893704004405320' FROM generate_series(1, 2) n",
    [note],
  );
  const web = await tellingHttpServer();
  const usual = { category: order, query: rows, path: "/422", whenAbsent: "skip", timeoutMs: 2_000 } as const;
  const retry = { maxAttempts: 2, initialMs: 5, maxMs: 10 };
  const token = "who-may-see-what-is-not-well";
  const pipeline = createPipeline<pg.ClientBase>({
    database: postgres({ connectionString: url, max: 4 }),
    categories: [order],
    strategies: Object.entries(failing).map(([name, [downstream, options]]) =>
      strategy(name, { ...usual, retry, downstream, ...options } as never),
    ),
    downstreams: {
      http: http({ baseUrl: web }),
      grpc: grpc({ address: await tellingGrpcServer(), plaintext: true, schema: { proto: [protocols("shop.proto")] } }),
      soap: soap({ wsdl: protocols("shop.wsdl"), endpoint: `${web}/500/soap` }),
      throwing: careless((json) => JSON.parse(`{${json}`)),
      "throwing-late": careless(async (json) => Promise.reject(new TypeError(json, { cause: json }))),
    },
    tuning: { breakerOpenMs: 20, breakerMaxOpenMs: 40, misconfiguredProbeMs: 50, breakerFailures: 1 },
  });
  const unsettled = new Set(Object.keys(failing));
  for (const event of events)
    pipeline.on(event, (payload) => {
      tell(event, payload);
      if ("strategy" in payload && (event === "dead" || event === "circuitOpened")) unsettled.delete(payload.strategy);
    });
  await pipeline.migrate();
  await pipeline.start();
  const tx = await shop.connect();
  await tx.query("BEGIN");
  await pipeline.recorder.record(tx, [order.changed({ orderId: 1 }), order.changed({ orderId: 2 })]);
  await tx.query("COMMIT");
  tx.release();
  await waitFor("each of them to fail", () => unsettled.size === 0).catch((error: unknown) => {
    throw new Error(`have not failed: ${[...unsettled].join(", ")}`, { cause: error });
  });

  const pages = createServer(healthListener(pipeline, { token }));
  await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
  const headers = { authorization: `Bearer ${token}` };
  for (const path of ["livez", "readyz"]) {
    const response = await fetch(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/${path}`, { headers });
    tell(path, await response.text());
  }
  pages.close();
  tell("status", await pipeline.status());
  tell("health", pipeline.health());
  const letters = await pipeline.deadLetters.list({});
  expect(letters.items.length).toBeGreaterThan(10);
  tell("dead letters", letters);
  const { rows: kept } = await shop.query("SELECT * FROM syncline.delivery");
  tell("deliveries", kept);
  // Not of `map`: a preview shows rows to whoever asks for it, and what its code throws at them.
  for (const name of Object.keys(failing).filter((each) => /^(cast|lookup|type|raise|spill|version)/.test(each)))
    await pipeline.preview(name, { orderId: 1 }).then(
      () => tell("preview", `${name} did not fail`),
      (error: unknown) => tell(`preview of ${name}`, error),
    );
  const keys = `SELECT note::bigint AS "orderId" FROM orders`;
  await pipeline.backfill("cast", { keys }).catch((error: unknown) => tell("backfill", error));
  tell("pipeline", pipeline);
  await pipeline.stop({ timeoutMs: 100 });
  await shop.end();

  expect(texts.filter((text) => text.startsWith("backfill"))).toHaveLength(1);
  expect(texts.filter((text) => text.startsWith("console.error")).length).toBeGreaterThan(10);
  expect(texts.filter((text) => forms.test(text)).map((text) => text.slice(0, 600))).toEqual([]);
});
