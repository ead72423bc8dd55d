import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { isSynclineError } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { readingRunner } from "./testing/reading-runner.ts";

/**
 * A frozen machine, a network that swallows packets: nothing is refused, and nothing is answered.
 */
const url = new URL(await testDatabase());
const sockets = new Set<Socket>();
let isSilent = false;
const proxy = createServer((client) => {
  const server = connect(Number(url.port), url.hostname);
  for (const socket of [client, server]) {
    sockets.add(socket);
    socket.on("error", () => {});
  }
  client.on("data", (bytes) => void (isSilent || server.write(bytes)));
  server.on("data", (bytes) => void (isSilent || client.write(bytes)));
  client.on("close", () => server.destroy());
});
await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
const proxied = new URL(url);
proxied.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
const pool = new pg.Pool({ connectionString: proxied.href, max: 1, pipeline: true });
pool.on("error", () => {});
const runner = readingRunner({ pool });
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  proxy.close();
  await pool.end();
});

const limits = { timeoutMs: 1_000, maxRows: 10, numbers: "string" } as const;
const read = (text: string) =>
  runner.run([{ text, parameters: [] }], limits, new AbortController().signal).then(
    () => "read",
    (error: unknown) => (isSynclineError(error) ? error.code : String(error)),
  );

test("a server that has fallen silent is away, and one that answers within its limit is not", async () => {
  expect(await read("SELECT 1")).toBe("read");
  expect(await read("SELECT pg_sleep(60)")).toBe("query.timeout");
  isSilent = true;
  expect(await read("SELECT 2")).toBe("database.unavailable");
  isSilent = false;
  expect(await read("SELECT 3")).toBe("read");
});

test("so is one that falls silent once the read has begun", async () => {
  expect(await read("SELECT 1")).toBe("read");
  const sleeping = read("SELECT pg_sleep(60)");
  const observer = new pg.Client({ connectionString: url.href });
  await observer.connect();
  const isRunning =
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()";
  await expect.poll(async () => (await observer.query(isRunning)).rows[0].n).toBe(1);
  isSilent = true;
  expect(await sleeping).toBe("database.unavailable");
  isSilent = false;
  await observer.end();
});
