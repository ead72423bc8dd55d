import oracledb from "oracledb";
import { afterEach, expect, test } from "vitest";
import { createConnections } from "./connections.ts";
import { resolveOptions } from "./options.ts";
import { openSource } from "./pools.ts";
import { createQueryRunner } from "./query-runner.ts";
import type { OwnStatement } from "./sql/statement.ts";
import { cuttableProxy } from "./testing/cuttable-proxy.ts";
import type { TnsCall } from "./testing/tns/call.ts";
import { closeAll, one, opened, startServer } from "./testing/tns/sessions.ts";

/**
 * A failover that leaves connections behind, a firewall that forgot them: nothing is refused, and
 * nothing is answered.
 */
afterEach(closeAll);

const never = new AbortController().signal;
const graceMs = 100;
const block: OwnStatement = { name: "block", kind: "block", text: "BEGIN x; END;", binds: {} };
const limits = { timeoutMs: 200, maxRows: 10, numbers: "string" } as const;

async function behindProxy(options: { readonly connectionTimeoutMillis?: number } = {}) {
  const calls: TnsCall[] = [];
  const server = await startServer((call) => {
    calls.push(call);
    return call.isQuery ? one : undefined;
  });
  const [host = "", port, service] = server.config.connectString.split(/[:/]/);
  const proxy = await cuttableProxy({ host, port: Number(port) });
  opened.push(proxy);
  const login = { ...server.config, connectString: `127.0.0.1:${proxy.port}/${service}` };
  const resolved = resolveOptions({ ...login, max: 2, statementTimeoutMs: 200, ...options });
  const source = openSource(resolved.source, resolved, graceMs);
  opened.push(source);
  return { server, proxy, source, login, calls, connections: createConnections(source, resolved) };
}

const unavailable = {
  code: "database.unavailable",
  message: expect.stringMatching(/^Oracle (does not answer|let nobody)/),
};

test.each(["execute", "commit"])(
  "a transaction whose %s is not answered ends, and the next has another connection",
  async (where) => {
    const { proxy, connections, calls } = await behindProxy();
    await connections.run(block, {});
    const transaction = connections.transaction(async (run) => {
      if (where === "execute") proxy.fallSilent();
      await run(block, {});
      proxy.fallSilent();
      return { result: 1 };
    });
    await expect(transaction).rejects.toMatchObject(unavailable);
    await connections.run(block, {});
    expect(new Set(calls.map(({ connection }) => connection)).size).toBe(2);
  },
);

test("a rollback that is not answered keeps nobody waiting", async () => {
  const { proxy, connections } = await behindProxy();
  const transaction = connections.transaction(async (run) => {
    await run(block, {});
    proxy.fallSilent();
    throw new TypeError("routed wrongly");
  });
  await expect(transaction).rejects.toMatchObject({ code: "database.failed" });
  await connections.run(block, {});
});

test("nor does the end of the pool, whose connections say goodbye", async () => {
  const { proxy, source, server } = await behindProxy();
  for (const connection of [await source.getConnection(), await source.getConnection()]) await connection.close();
  proxy.fallSilent();
  await source.close();
  await expect.poll(() => server.connections).toBe(0);
});

test("a connection in doubt is not used again", async () => {
  const { connections, calls, server } = await behindProxy();
  server.handle((call) => {
    calls.push(call);
    const isSecond = call.sql === block.text && calls.filter(({ sql }) => sql === block.text).length === 2;
    return isSecond ? "silence" : undefined;
  });
  await connections.run(block, {});
  await expect(connections.run(block, {})).rejects.toMatchObject({ code: "database.busy" });
  await connections.run(block, {});
  const [first, second, next] = calls.filter(({ sql }) => sql === block.text).map(({ connection }) => connection);
  expect(second).toBe(first);
  expect(next).not.toBe(first);
});

test("a call that is aborted ends as such", async () => {
  const { proxy, connections, server } = await behindProxy();
  const abort = new AbortController();
  const connection = connections.withConnection(async (each) => {
    proxy.fallSilent();
    abort.abort();
    await each.execute("BEGIN x; END;", {}, {});
  }, abort.signal);
  await expect(connection).rejects.toMatchObject({ code: "operation.aborted" });
  await expect.poll(() => server.connections).toBe(0);
});

test("a read that is not answered finds the database away, and not the query too slow", async () => {
  const { proxy, source, server } = await behindProxy();
  const runner = createQueryRunner(source, { mayBeStandby: false, rowSecurity: "refuse" });
  const read = () => runner.run([{ text: "SELECT 1 FROM dual", parameters: [] }], limits, never);
  await read();
  server.handle(({ isQuery }) => (isQuery ? "silence" : undefined));
  await expect(read()).rejects.toMatchObject({ code: "query.timeout" });
  server.handle(({ isQuery }) => {
    if (isQuery) proxy.fallSilent();
    return isQuery ? "silence" : undefined;
  });
  await expect(read()).rejects.toMatchObject({ code: "database.unavailable" });
  server.handle(({ isQuery }) => (isQuery ? one : undefined));
  await read();
});

test("a read's rollback that is not answered does not take away what was read", async () => {
  const { proxy, source, server } = await behindProxy();
  const runner = createQueryRunner(source, { mayBeStandby: false, rowSecurity: "refuse" });
  server.handle(({ kind, isQuery }) => {
    if (kind === "rollback") proxy.fallSilent();
    return isQuery ? one : undefined;
  });
  const [result] = await runner.run([{ text: "SELECT 1 FROM dual", parameters: [] }], limits, never);
  expect(result?.rows).toEqual([[1]]);
});

test("a login that is not answered does not stand in the way of later ones", async () => {
  const { proxy, connections } = await behindProxy({ connectionTimeoutMillis: 1_500 });
  proxy.fallSilent("all");
  await expect(connections.run(block, {})).rejects.toMatchObject(unavailable);
  proxy.speak();
  await connections.run(block, {});
});

test("an application's pool has its place again", async () => {
  const { proxy, login } = await behindProxy();
  const pool = await oracledb.createPool({ ...login, poolMin: 0, poolMax: 2 });
  opened.push({ close: () => pool.close(0) });
  const options = resolveOptions({ pool, statementTimeoutMs: 200 });
  const connections = createConnections(openSource({ pool }, options, graceMs), options);
  await connections.run(block, {});
  const silent = connections.withConnection(async (connection) => {
    proxy.fallSilent();
    await connection.execute("BEGIN x; END;", {}, {});
  });
  await expect(silent).rejects.toMatchObject(unavailable);
  await connections.run(block, {});
  expect(pool.connectionsInUse).toBe(0);
});
