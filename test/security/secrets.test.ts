import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { run } from "@syncline/cli";
import { category, createPipeline, isSynclineError, type Pipeline, strategy } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { grpc } from "@syncline/grpc";
import { http } from "@syncline/http";
import { mariadb } from "@syncline/mariadb";
import { observe } from "@syncline/opentelemetry";
import { prometheus } from "@syncline/opentelemetry/prometheus";
import { oracle } from "@syncline/oracle";
import { postgres } from "@syncline/postgres";
import { soap } from "@syncline/soap";
import { sqlserver } from "@syncline/sqlserver";
import pg from "pg";
import { afterAll, describe, expect, it, vi } from "vitest";
import { loadPipeline } from "../../packages/cli/src/config.ts";
import { waitFor } from "../harness/wait-for.ts";

/** CI looks for this word in all that the tests print: the secrets of all tests carry it. */
const planted = (name: string) => `planted-secret-${name}`;

const texts: string[] = [];
for (const method of ["log", "info", "warn", "error", "debug"] as const) {
  vi.spyOn(console, method).mockImplementation((...parts) => {
    texts.push(parts.map((part) => (typeof part === "string" ? part : inspect(part, { depth: 10 }))).join(" "));
  });
}
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  vi.spyOn(stream, "write").mockImplementation((chunk, ...rest) => {
    texts.push(String(chunk));
    return write(chunk as string, ...(rest as []));
  });
}
afterAll(() => vi.restoreAllMocks());

const loud = {
  debug: (...parts: unknown[]) => void texts.push(inspect(parts, { depth: 10 })),
  info: (...parts: unknown[]) => void texts.push(inspect(parts, { depth: 10 })),
  warn: (...parts: unknown[]) => void texts.push(inspect(parts, { depth: 10 })),
  error: (...parts: unknown[]) => void texts.push(inspect(parts, { depth: 10 })),
};

function expectNoSecret(): void {
  const found = texts.filter((text) => text.includes("planted-secret"));
  expect(found).toEqual([]);
}

/** A tracer that keeps all that spans are told. */
function tellingTracer(spans: object[]) {
  const startSpan = (name: string, options: object) => {
    const told: object[] = [{ name, options }];
    spans.push(told);
    const tell = (...more: readonly unknown[]) => void told.push(more);
    return {
      spanContext: () => ({ traceId: "1".repeat(32), spanId: "1".repeat(16), traceFlags: 1 }),
      ...{ setAttribute: tell, setAttributes: tell, setStatus: tell, recordException: tell, addEvent: tell },
      ...{ isRecording: () => true, end: () => {} },
    };
  };
  return { getTracer: () => ({ startSpan }) };
}

process.env.SYNCLINE_TEST_HEADER = planted("header");
const order = category("order", { orderId: "bigint" });
const query = "SELECT o.id, o.note FROM orders o WHERE o.id = :orderId";

describe("a secret is in no log, error, event, dead letter, status or inspection", () => {
  it("of downstreams that refuse, break off and echo what they are sent", async () => {
    const url = await testDatabase();
    const shop = new pg.Pool({ connectionString: url });
    shop.on("error", () => {});
    await shop.query("CREATE TABLE orders (id bigint PRIMARY KEY, note text); INSERT INTO orders VALUES (1, 'n')");
    const echo = await echoServer();
    const proto = join(tmpdir(), `syncline-secrets-${process.pid}.proto`);
    await writeFile(
      proto,
      'syntax = "proto3"; package shop; message Order { string id = 1; string note = 2; } message Done {} service Orders { rpc Put (Order) returns (Done); }',
    );
    const common = {
      category: order,
      query,
      whenAbsent: "skip",
      timeoutMs: 500,
      retry: { maxAttempts: 2, initialMs: 5, maxMs: 10 },
    } as const;
    const downstreams = {
      bearer: http({
        baseUrl: `${echo.url}/422`,
        auth: { bearer: planted("bearer") },
        headers: { "x-key": "env:SYNCLINE_TEST_HEADER" },
      }),
      basic: http({ baseUrl: `${echo.url}/500`, auth: { basic: { user: "me", password: planted("basic") } } }),
      key: http({ baseUrl: `${echo.url}/302`, auth: { apiKey: { header: "x-api-key", value: planted("key") } } }),
      signed: http({ baseUrl: "http://127.0.0.1:1", signature: { standardWebhooks: [planted("signature")] } }),
      proxied: http({
        baseUrl: "http://example.invalid",
        proxy: { url: "http://127.0.0.1:1", auth: { user: "me", password: planted("proxy") } },
      }),
      oauth: http({
        baseUrl: `${echo.url}/200`,
        auth: { oauth2: { tokenUrl: `${echo.url}/401`, clientId: "me", clientSecret: planted("oauth") } },
      }),
      soap: soap({ baseUrl: `${echo.url}/500`, auth: { basic: { user: "me", password: planted("soap") } } } as never),
      grpc: grpc({ address: "127.0.0.1:1", schema: { proto: [proto] }, auth: { bearer: planted("grpc") } } as never),
    };
    const pipeline = createPipeline<pg.ClientBase>({
      database: postgres({ connectionString: url }),
      categories: [order],
      strategies: Object.keys(downstreams)
        .filter((name) => name !== "grpc" && name !== "soap")
        .map((name) =>
          strategy(name, { ...common, downstream: name, path: "/x", options: { answer: { message: "echo" } } }),
        ),
      downstreams: Object.fromEntries(
        Object.entries(downstreams).filter(([name]) => name !== "grpc" && name !== "soap"),
      ),
      tuning: { breakerOpenMs: 20, breakerMaxOpenMs: 40, unauthorizedProbeMs: 50, misconfiguredProbeMs: 50 },
      log: loud,
    });
    for (const event of [
      "dead",
      "held",
      "retried",
      "circuitOpened",
      "downstreamSuspended",
      "error",
      "delivered",
      "strategyInvalid",
    ] as const) {
      pipeline.on(event, (payload) => texts.push(inspect(payload, { depth: 10 }), JSON.stringify(payload, replacer)));
    }
    const spans: object[] = [];
    observe(pipeline as never, { tracerProvider: tellingTracer(spans) as never, meterProvider: false, keys: "plain" });
    const metrics = createServer(prometheus(pipeline as never)).listen(0, "127.0.0.1");
    await pipeline.migrate();
    await pipeline.start();
    const tx = await shop.connect();
    await tx.query("BEGIN");
    await pipeline.recorder.record(tx, [order.changed({ orderId: 1 })]);
    await tx.query("COMMIT");
    tx.release();
    await waitFor("each downstream to have failed", () => echo.seen.size >= 4 && texts.join("").includes("net."));
    await waitFor("a dead letter", async () => (await pipeline.deadLetters.list({})).items.length > 0);
    const { rows } = await shop.query("SELECT * FROM syncline.delivery");
    texts.push(JSON.stringify(rows), JSON.stringify(await pipeline.deadLetters.list({})));
    texts.push(JSON.stringify(await pipeline.status()), JSON.stringify(pipeline.health()));
    const scraped = await fetch(`http://127.0.0.1:${(metrics.address() as AddressInfo).port}/metrics`);
    texts.push(JSON.stringify(spans), await scraped.text());
    expect(texts.at(-1)).toContain('error_type="unauthorized"');
    expect(texts.at(-2)).toContain("http.422");
    metrics.close();
    for (const thing of [pipeline, downstreams]) {
      texts.push(inspect(thing, { depth: 12, showHidden: true }), JSON.stringify(thing, replacer) ?? "");
    }
    await pipeline.stop({ timeoutMs: 100 });
    await shop.end();
    // The downstreams did get them.
    expect([...echo.seen].join()).toContain("planted-secret-bearer");
    expectNoSecret();
  });

  it("of what the command line's doctor, check and preview print, of a refused login and of YAML", async () => {
    const url = await testDatabase();
    const shop = new pg.Pool({ connectionString: url });
    const login = `doctor_${new URL(url).pathname.slice(1)}`;
    await shop.query(`CREATE TABLE orders (id bigint PRIMARY KEY, note text); INSERT INTO orders VALUES (1, 'n');
      CREATE ROLE ${login} LOGIN PASSWORD '${planted("doctor")}'; GRANT SELECT ON orders TO ${login}`);
    const reading = new URL(url);
    reading.username = login;
    reading.password = planted("doctor");
    const wrong = new URL(url);
    wrong.password = planted("wrong");
    const open = (database: string, read: string) =>
      createPipeline<pg.ClientBase>({
        database: postgres({ connectionString: database, query: { connectionString: read } }),
        categories: [order],
        strategies: [strategy("crm", { category: order, query, whenAbsent: "skip", downstream: "crm", path: "/x" })],
        downstreams: {
          crm: http({
            baseUrl: "http://127.0.0.1:1",
            auth: { bearer: planted("bearer") },
            headers: { "x-key": "env:SYNCLINE_TEST_HEADER" },
          }),
        },
        log: loud,
      });
    const said: string[] = [];
    const ran = async (line: string, load: () => Promise<Pipeline>) => {
      const keep = (text: string) => void said.push(text);
      const terminal = { isInteractive: false, print: keep, printError: keep, confirm: async () => false };
      return await run(line.split(" "), { terminal: { ...terminal, signal: new AbortController().signal }, load });
    };
    for (const [database, read] of [
      [url, reading.href],
      [url, wrong.href],
      [wrong.href, wrong.href],
    ] as const)
      for (const line of ["doctor", "doctor --json", "check", "preview crm orderId=1 --explain", "migrate"])
        await ran(line, async () => open(database, read) as Pipeline);
    process.env.SYNCLINE_TEST_URL = wrong.href;
    const file = join(tmpdir(), `syncline-secrets-${process.pid}.yaml`);
    for (const broken of ["max: -1", "maxx: 1", `connectionStrin: ${planted("yaml")}`]) {
      await writeFile(file, `database:\n  postgres:\n    connectionString: env:SYNCLINE_TEST_URL\n    ${broken}\n`);
      await ran("doctor", () => loadPipeline(join(import.meta.dirname, ".."), file));
    }
    await shop.query(`DROP OWNED BY ${login}; DROP ROLE ${login}`);
    await shop.end();
    texts.push(...said);
    // All of them have said something, well and not.
    expect(said.join("\n")).toMatch(/^ok {7}drift/m);
    expect(said.join("\n")).toMatch(/password authentication failed|refuses/);
    expect(said.join("\n")).toContain("Plan, by the database");
    expect(said.join("\n")).toMatch(/yaml:\d+:\d+ \(database/);
    expectNoSecret();
  });

  it("of a database that cannot be reached, or refuses the password", async () => {
    const refused = new URL(await testDatabase());
    refused.username = "nobody_here";
    refused.password = planted("refused");
    const databases = [
      postgres({ connectionString: `postgres://me:${planted("postgres")}@127.0.0.1:1/shop` }),
      postgres({ connectionString: refused.href }),
      // Its port is none; a # or a / that is not encoded ends the host; so does a blank.
      postgres({ connectionString: `postgres://me:${planted("port")}@127.0.0.1:99999999/shop` }),
      postgres({ connectionString: `postgres://me:${planted("mark")}/#x@127.0.0.1:1/shop` }),
      postgres({
        connectionString: `postgres://me:${planted("blank")} x@127.0.0.1 x:1/shop?password=${planted("query")}`,
      }),
      sqlserver({ config: { server: "127.0.0.1", port: 1, user: "me", password: planted("sqlserver") } } as never),
      mariadb({ connectionString: `mariadb://me:${planted("mariadb")}@127.0.0.1:1` }),
      mariadb({ config: { host: "127.0.0.1", port: 1, user: "me", password: planted("mariadb config") } }),
      oracle({ user: "me", password: planted("oracle"), connectString: "127.0.0.1:1/x" } as never),
    ];
    for (const database of databases) {
      texts.push(inspect(database, { depth: 12, showHidden: true }), JSON.stringify(database, replacer));
      let problem: unknown;
      const pipeline = createPipeline({ database: database as never, categories: [order], downstreams: {}, log: loud });
      await pipeline.migrate().catch((error: unknown) => {
        problem = error;
      });
      texts.push(inspect(problem, { depth: 12, showHidden: true }), inspect(pipeline, { depth: 12 }), String(problem));
      expect(isSynclineError(problem)).toBe(true);
      await pipeline.stop({ timeoutMs: 0 });
    }
    expectNoSecret();
  });
});

function replacer(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

/** Answers with the status that its path says, and sends back in the body, a header and the status line what it was sent. */
async function echoServer() {
  const { createServer } = await import("node:http");
  const seen = new Set<string>();
  const server = createServer((incoming, response) => {
    const sent = JSON.stringify(incoming.headers);
    seen.add(`${incoming.url} ${sent}`);
    incoming.resume();
    const status = Number(/^\/(\d+)/.exec(incoming.url ?? "")?.[1] ?? 200);
    response.writeHead(status, {
      "content-type": "application/json",
      location: `http://example.invalid/?${encodeURIComponent(sent)}`,
      "x-echo": encodeURIComponent(sent),
    });
    response.end(JSON.stringify({ echo: sent, error_description: sent }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return { url: `http://127.0.0.1:${port}`, seen };
}
