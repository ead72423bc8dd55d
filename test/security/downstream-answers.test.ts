import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import { testCall, testItem } from "@syncline/testkit/makers";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { accept, Downstream } from "../harness/downstream.ts";
import { openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { ordersTo } from "../harness/shop-model.ts";
import { saveOrder } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

/** Whoever answers in a downstream's place is the attacker. He speaks raw TCP, and says what he likes. */
let answer: readonly Buffer[] = [];
let keepOpen = false;
const sockets = new Set<Socket>();
const server = createServer((socket) => {
  sockets.add(socket);
  socket.on("error", () => {});
  socket.once("close", () => sockets.delete(socket));
  socket.once("data", () => {
    for (const piece of answer) socket.write(piece);
    if (!keepOpen) socket.end();
  });
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});
const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const call = testCall({
  method: "POST",
  options: { answer: { ok: { path: "status", in: ["OK"] }, items: { path: "errors", index: "index", code: "code" } } },
  batched: true,
  items: [1, 2, 3].map((id) => testItem({ key: { orderId: String(id) }, body: { id } })),
});

const line = fc.oneof(
  fc.constantFrom(
    "HTTP/1.1 200 OK",
    "HTTP/1.1 103 Early Hints",
    "HTTP/1.1 100 Continue",
    "HTTP/1.1 101 Switching Protocols",
    "HTTP/1.1 204 No Content",
    "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest",
    "HTTP/1.1 429 Slow\r\nretry-after: 31536000000",
    "HTTP/1.1 503 Away\r\nretry-after: Thu, 01 Jan 9999 00:00:00 GMT",
    "HTTP/1.1 999 What",
    "HTTP/1.1 0 Nothing",
    "HTTP/9.9 200 OK",
    "ICY 200 OK",
    "",
    `HTTP/1.1 200 ${"x".repeat(20_000)}`,
  ),
  fc.string({ unit: "binary", maxLength: 60 }),
);
const header = fc.oneof(
  fc.constantFrom(
    "content-length: 5",
    "content-length: -1",
    "content-length: 99999999999999999999",
    "content-length: 5\r\ncontent-length: 6",
    "transfer-encoding: chunked",
    "transfer-encoding: gzip, chunked",
    "content-encoding: gzip",
    "content-encoding: br",
    "content-type: application/json",
    "content-type: \u0000",
    "connection: upgrade",
    "trailer: x",
    "set-cookie: a=b",
    `x-long: ${"y".repeat(40_000)}`,
    "__proto__: x",
    "constructor: x",
    ": empty",
    " folded",
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
);
const body = fc.oneof(
  fc.constantFrom(
    '{"status":"OK","errors":[]}',
    '{"status":"OK","errors":[{"index":99,"code":"X"}]}',
    '{"status":"OK","errors":[{"index":-1},{"index":0.5},{"index":"0"},{"index":0},{"index":0}]}',
    '{"status":"OK","errors":{"__proto__":{"polluted":true}}}',
    '{"__proto__":{"status":"OK","polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    "[".repeat(50_000),
    `{"status":${"9".repeat(5_000)}}`,
    "5\r\nhello\r\n0\r\n\r\n",
    "FFFFFFFFFFFFFFFF\r\nx",
    "\u001b[31mred\u0007",
    "",
  ),
  fc.string({ unit: "binary", maxLength: 200 }),
);
const anyAnswer = fc
  .tuple(line, fc.array(header, { maxLength: 4 }), body)
  .map(([status, headers, content]) => `${[status, ...headers].join("\r\n")}\r\n\r\n${content}`);

describe("whoever answers in a downstream's place", () => {
  it.each(["undici", "node"] as const)("gets an outcome for anything he says, with the engine %s", async (engine) => {
    const invoker = http({ baseUrl, engine, answerBytes: 4_096 }).open({ downstream: "crm", log: quiet });
    keepOpen = false;
    await fc.assert(
      fc.asyncProperty(anyAnswer, async (text) => {
        answer = [Buffer.from(text, "latin1")];
        const outcome = await invoker.invoke(call, {
          signal: AbortSignal.timeout(3_000),
          deadline: Date.now() + 3_000,
          trace: {},
        });
        expect(["accepted", "partial", "failed"]).toContain(outcome.status);
        if (outcome.status === "partial") {
          for (const { index } of outcome.failures) expect([0, 1, 2]).toContain(index);
        }
        if (outcome.status === "failed") {
          // What he said is in no text of ours.
          expect(outcome.failure.message.length).toBeLessThan(600);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
          expect(outcome.failure.message).not.toMatch(/[\u0000-\u001f\u007f]/);
          expect(outcome.failure.retryAfterMs ?? 0).toBeGreaterThanOrEqual(0);
        }
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      }),
      { numRuns: 150 },
    );
    await invoker.close?.();
  });

  it.each([
    ["a body without an end", () => Array.from({ length: 512 }, () => Buffer.alloc(65_536, 0x20))],
    ["a gzip bomb", () => [gzipSync(Buffer.alloc(256 * 2 ** 20, 0x20))]],
  ])("cannot fill the memory with %s", async (name, make) => {
    const invoker = http({ baseUrl }).open({ downstream: "crm", log: quiet });
    const zipped = name.includes("gzip") ? "content-encoding: gzip\r\n" : "";
    const content = make();
    answer = [Buffer.from(`HTTP/1.1 200 OK\r\n${zipped}content-type: application/json\r\n\r\n`), ...content];
    keepOpen = true;
    const before = process.memoryUsage();
    const outcome = await invoker.invoke(call, {
      signal: AbortSignal.timeout(5_000),
      deadline: Date.now() + 5_000,
      trace: {},
    });
    expect(outcome.status).toBe("failed");
    const after = process.memoryUsage();
    expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(64 * 2 ** 20);
    await invoker.close?.();
  });

  it("holds up no lane but his own", async () => {
    const url = await testDatabase();
    const shop = await openShop(url);
    const sound = await Downstream.start();
    sound.behave = accept;
    answer = [Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n{")];
    keepOpen = true;
    const pipeline = await openPipeline(url, undefined, {
      database: postgres({ connectionString: url, max: 4 }),
      downstreams: { crm: http({ baseUrl: sound.url }), evil: http({ baseUrl }) },
      strategies: [
        ordersTo("sound"),
        ordersTo("hostile", {
          downstream: "evil",
          timeoutMs: 500,
          options: { answer: { ok: { path: "status", in: ["OK"] } } },
        }),
      ],
    });
    await pipeline.start();
    for (let orderId = 1; orderId <= 30; orderId += 1) await saveOrder(shop, pipeline, orderId, {});
    await waitFor("the sound lane to deliver all", () => sound.books.kept.length >= 30);
    const { strategies } = await pipeline.status();
    expect(strategies.find(({ strategy }) => strategy === "hostile")).toBeDefined();
    expect(strategies.find(({ strategy }) => strategy === "sound")?.dead ?? 0).toBe(0);
  });
});
