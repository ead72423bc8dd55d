import type { ChangeSignal } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterEach, expect, test, vi } from "vitest";
import { createChangeSignal } from "./change-signal.ts";
import { column, keepingLogger, openPool, openSession } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

const listening = "datname = current_database() AND application_name = 'syncline wake-up'";

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

function signalTo(connectionString: string, log = keepingLogger().log): ChangeSignal {
  return createChangeSignal({
    connectionString,
    channel: "Some_change",
    connectionTimeoutMillis: 1_000,
    retryMs: 1,
    keepAliveMs: 5,
    log,
  });
}

async function listen(
  signal: ChangeSignal,
): Promise<{ readonly wakes: () => number; readonly stop: () => Promise<void> }> {
  let wakes = 0;
  const stop = await signal.listen(() => wakes++);
  stops.push(stop);
  return { wakes: () => wakes, stop };
}

test("wakes when it begins to listen, and on each notification of its channel alone", async () => {
  const { wakes } = await listen(signalTo(url));
  expect(wakes()).toBe(1);
  await pool.query(`NOTIFY "other_change"; NOTIFY "Some_change"`);
  await until(() => wakes() === 2);
  await pool.query(`NOTIFY "Some_change"`);
  await until(() => wakes() === 3);
});

test("reconnects when its connection is lost, says so, and wakes for what it may have missed", async () => {
  const { log, messages } = keepingLogger();
  const { wakes } = await listen(signalTo(url, log));
  await column(pool, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${listening}`);
  await until(() => wakes() === 2);
  expect(messages).toContainEqual(expect.stringContaining("polling goes on"));
  await pool.query(`NOTIFY "Some_change"`);
  await until(() => wakes() === 3);
});

test("listens anew when its session answers but no longer listens, and says so", async () => {
  const { log, messages } = keepingLogger();
  // What is called then stands for a pooler that cleans the session: it is the same one, and
  // listens to nothing.
  const query = vi.spyOn(pg.Client.prototype, "query");
  const { wakes } = await listen(signalTo(url, log));
  const session = query.mock.contexts.find((_, call) => String(query.mock.calls[call]?.[0]).startsWith("LISTEN"));
  query.mockRestore();
  await (session as pg.Client).query("DISCARD ALL");
  await until(() => wakes() === 2);
  expect(messages).toContainEqual(expect.stringContaining("polling goes on"));
  await pool.query(`NOTIFY "Some_change"`);
  await until(() => wakes() === 3);
});

test("keeps trying where nothing can be reached, says so once, and stops when it is told to", async () => {
  const { log, messages } = keepingLogger();
  const connect = vi.spyOn(pg.Client.prototype, "connect");
  const { wakes, stop } = await listen(signalTo("postgres://nobody@127.0.0.1:1/none", log));
  await until(() => connect.mock.calls.length > 3);
  connect.mockRestore();
  expect(messages).toHaveLength(1);
  expect(wakes()).toBe(0);
  await stop();
});

test("closes its connection when it is stopped, and wakes no more", async () => {
  const { wakes, stop } = await listen(signalTo(url));
  await stop();
  await until(async () => (await column(pool, `SELECT pid FROM pg_stat_activity WHERE ${listening}`)).length === 0);
  await pool.query(`NOTIFY "Some_change"`);
  expect(wakes()).toBe(1);
});

test("is there only where it was asked for", () => {
  expect(openSession({ connectionString: url }).changeSignal).toBeUndefined();
  expect(openSession({ connectionString: url, wakeUp: { notify: true } }).changeSignal).toBeDefined();
});
