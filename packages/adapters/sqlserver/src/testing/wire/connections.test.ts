import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { sqlserver } from "../../adapter.ts";
import { applicationPool, closeAfterTest, never, wireSession } from "./wire-session.ts";

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const demand = [{ strategy: "crm", count: 1, strict: false }];
const lease = { token: "0e984725-c51c-4bf4-9960-e1c80e27aba0", durationMs: 1_000 };

test("nothing connects before it is needed", async () => {
  const { server, session } = await wireSession();
  expect(server.settings).toEqual([]);
  await session.poller.claim(demand, lease, never);
  expect(server.settings).not.toEqual([]);
});

test("a login that is refused is database.unavailable, and is tried again the next time", async () => {
  const { server, session } = await wireSession();
  server.refuseLogins({ number: 18456, severity: 14, message: "Login failed for user 'syncline'." });
  await expect(session.poller.claim(demand, lease, never)).rejects.toMatchObject({
    code: "database.unavailable",
    message: expect.stringContaining("Login failed"),
  });
  server.refuseLogins(undefined);
  expect(await session.poller.claim(demand, lease, never)).toEqual([]);
});

test("no secret is in the error of a refused login", async () => {
  const { server, session } = await wireSession();
  server.refuseLogins({ number: 18456, message: "Login failed." });
  const failure: unknown = await session.poller.claim(demand, lease, never).catch((error: unknown) => error);
  expect(String(failure)).not.toContain(server.config.password);
});

test("a server that is away is database.unavailable", async () => {
  const listener = createServer();
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as { port: number };
  listener.close();
  await once(listener, "close");
  const config = { server: "127.0.0.1", port, user: "u", password: "p", options: { encrypt: false } };
  const session = closeAfterTest(sqlserver({ config }).open({ log: quiet }));
  await expect(session.poller.claim(demand, lease, never)).rejects.toMatchObject({ code: "database.unavailable" });
});

test("connections that are lost while nobody uses them are replaced, and nothing is thrown", async () => {
  const { server, session } = await wireSession();
  await session.poller.claim(demand, lease, never);
  server.dropAll();
  await expect.poll(() => server.connections).toBe(0);
  expect(await session.poller.claim(demand, lease, never)).toEqual([]);
});

test("a connection lost in the middle of a call is only that call's error", async () => {
  const { server, session } = await wireSession({ "claim-due": "silence" });
  const claiming = session.poller.claim(demand, lease, never);
  await expect.poll(() => server.calls.length).toBe(1);
  server.dropAll();
  await expect(claiming).rejects.toMatchObject({ code: "database.unavailable" });
});

test("a pool with no connection to spare is database.unavailable after a while", async () => {
  const { server, session } = await wireSession({ "claim-due": "silence" }, { max: 1, connectionTimeoutMillis: 200 });
  const first = session.poller.claim(demand, lease, never);
  await expect.poll(() => server.calls.length).toBe(1);
  await expect(session.poller.claim(demand, lease, never)).rejects.toMatchObject({ code: "database.unavailable" });
  server.dropAll();
  await expect(first).rejects.toMatchObject({ code: "database.unavailable" });
});

test("the application's own pool is used, and left open", async () => {
  const { server } = await wireSession();
  const pool = await applicationPool(server);
  const session = sqlserver({ pool }).open({ log: quiet });
  await session.poller.claim(demand, lease, never);
  await session.close();
  expect(pool.connected).toBe(true);
});

test("an error of the application's pool, for which nobody listens, does not end the process", async () => {
  const { server } = await wireSession();
  const pool = await applicationPool(server);
  pool.removeAllListeners("error");
  const warnings: string[] = [];
  const session = sqlserver({ pool }).open({ log: { ...quiet, warn: (_, message) => void warnings.push(message) } });
  await session.poller.claim(demand, lease, never);
  expect(() => pool.emit("error", new Error("No event 'socketError' in state 'Final'"))).not.toThrow();
  expect(warnings).toHaveLength(1);
  await session.close();
  expect(pool.listenerCount("error")).toBe(0);
});

test("after closing, calls are database.unavailable, and connections are gone", async () => {
  const { server, session } = await wireSession();
  await session.poller.claim(demand, lease, never);
  await session.close();
  await expect.poll(() => server.connections).toBe(0);
  await expect(session.poller.claim(demand, lease, never)).rejects.toMatchObject({ code: "database.unavailable" });
});
