import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { category, createPipeline, strategy } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { quickTuning } from "../harness/pipeline.ts";
import { waitFor } from "../harness/wait-for.ts";
import { commandLine, type Surroundings } from "./syncline.ts";

const url = await testDatabase();
const pool = new pg.Pool({ connectionString: url, max: 2 });
/** Requests that came by network, of calls and for tokens. */
const came: string[] = [];
let status = 200;
const server = createServer((incoming, response) => {
  came.push(`${incoming.method} ${incoming.url}`);
  response.writeHead(incoming.url === "/token" ? 200 : status, { "content-type": "application/json" });
  response.end('{"access_token":"planted-secret-token","token_type":"bearer"}');
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await pool.query("CREATE TABLE orders (id bigint PRIMARY KEY, note text)");
});
afterAll(async () => {
  server.close();
  await pool.end();
});

const order = category("order", { id: "bigint" }, { table: "public.orders" });
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const open = () => {
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return createPipeline({
    database: postgres({ connectionString: url }),
    categories: [order],
    strategies: [
      strategy("crm", {
        category: order,
        query: "SELECT id, note FROM orders WHERE id = :id",
        downstream: "crm",
        method: "PUT",
        path: "/orders/{id}",
        whenAbsent: "delete",
      }),
    ],
    downstreams: {
      crm: http({
        baseUrl: base,
        headers: { "x-acme-key": "planted-secret-key" },
        auth: { oauth2: { tokenUrl: `${base}/token`, clientId: "me", clientSecret: "planted-secret-client" } },
      }),
    },
    log: silent,
    tuning: quickTuning,
  });
};
const syncline = commandLine(open);

/** The command, until `work` is done. */
async function during(line: string, work: (printed: readonly string[]) => Promise<void>, rest: Surroundings = {}) {
  const ending = new AbortController();
  const printed: string[] = [];
  const running = syncline(line, { ...rest, signal: ending.signal, printed });
  await Promise.race([work(printed), running]);
  ending.abort();
  return await running;
}

it("shows each call of a database that was there before, and sends nothing", async () => {
  const { exitCode, out, err } = await during("dev --migrate --capture", async (printed) => {
    await waitFor("dev to watch", () => printed.some((text) => text.startsWith("Watching")));
    await pool.query("INSERT INTO orders VALUES (1, 'hello')");
    await waitFor("the upsert", () => printed.some((text) => text.includes("hello")));
    await pool.query("DELETE FROM orders");
    await waitFor("the delete", () => printed.some((text) => text.includes("DELETE")));
  });
  expect({ exitCode, came }).toEqual({ exitCode: 0, came: [] });
  expect(err).toMatch(/tables were made: .*\nTriggers record the changes of .*orders/);
  expect(out).toMatch(/ crm → crm: upsert \{"id":"1"\}, recorded here, not sent\n {2}PUT http:.*\/orders\/1\n/);
  expect(out).toMatch(/\n {2}idempotency-key: \S{8}/);
  expect(out).toMatch(/\n {2}\{"id":"1","note":"hello"\}\n/);
  expect(out).toMatch(/ crm → crm: delete \{"id":"1"\}.*\n {2}DELETE http/);
  expect(`${out}${err}`).not.toContain("planted-secret");
  expect((await pool.query("SELECT FROM syncline.delivery")).rows).toEqual([]);
});

it("has a console for whoever sits there, with each call, and without secrets", async () => {
  let document = "";
  let called = "";
  const { exitCode, err } = await during(
    "dev --console 0",
    async (printed) => {
      const find = () => /console: (http:\S+)#token=(\S+)/.exec(printed.join("\n"));
      await waitFor(
        "the console and the pipeline",
        () => find() && printed.some((text) => text.startsWith("Watching")),
      );
      const [, address = "", token = ""] = find() ?? [];
      const get = async (path: string) => {
        const answer = await fetch(`${address}api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } });
        return await answer.text();
      };
      expect(JSON.parse(await get("session"))).toMatchObject({ calls: ["syncline"], preview: true });
      await pool.query("INSERT INTO orders VALUES (7, 'seen in the console')");
      await waitFor("the call", async () => {
        called = await get("pipelines/syncline/calls");
        return called.includes("PUT");
      });
      const [{ id }] = (JSON.parse(called) as { items: [{ id: string }] }).items;
      document = await get(`pipelines/syncline/calls/${id}`);
    },
    { says: true },
  );
  expect({ exitCode, came }).toEqual({ exitCode: 0, came: [] });
  const words = "recorded here, not sent";
  expect(JSON.parse(called)).toMatchObject({ sends: false, items: [{ strategy: "crm", outcome: { words } }] });
  expect(JSON.parse(document)).toMatchObject({
    downstream: "crm",
    body: expect.stringContaining("seen in the console"),
  });
  expect(JSON.parse(document)).toMatchObject({
    headers: expect.arrayContaining([expect.objectContaining({ name: "idempotency-key" })]),
  });
  expect(`${document}${called}${err}`).not.toContain("planted-secret");
  await pool.query("TRUNCATE orders; TRUNCATE syncline.change");
});

it("takes nothing for delivered that waited before, unless somebody says so", async () => {
  await pool.query("INSERT INTO orders VALUES (2, 'waits')");
  expect(await syncline("dev")).toMatchObject({ exitCode: 2, err: expect.stringMatching(/1 changes .*wait.*--yes/) });
  expect(await syncline("dev", { says: false })).toMatchObject({ exitCode: 1 });
  expect((await pool.query("SELECT FROM syncline.change")).rowCount).toBe(1);
  const { out } = await during("dev --yes --json", async (printed) => {
    await waitFor("the call", () => printed.some((text) => text.includes("waits")));
  });
  const [line = ""] = out.split("\n");
  expect(JSON.parse(line)).toMatchObject({ strategy: "crm", keys: [{ id: "2" }], outcome: "recorded" });
});

it("does not share deliveries with a worker that sends them, but for --live", async () => {
  await using worker = open();
  await worker.start();
  expect(await syncline("dev")).toMatchObject({
    exitCode: 1,
    err: expect.stringMatching(/A worker delivers from this database: it has crm/),
  });
  await worker.stop();
  status = 422;
  const { out, err } = await during("dev --live", async (printed) => {
    await waitFor("dev to watch", () => printed.some((text) => text.startsWith("Watching")));
    await pool.query("INSERT INTO orders VALUES (3, 'out')");
    await waitFor("the call", () => printed.some((text) => text.includes("upsert")));
  });
  expect(err).toContain("Calls go out.");
  expect(out).toMatch(/ crm → crm: upsert \{"id":"3"\}, rejected, http\.422/);
  expect(came).toEqual(["POST /token", "PUT /orders/3"]);
  expect(`${out}${err}`).not.toContain("planted-secret");
});

it("without Syncline's tables it says what makes them", async () => {
  await pool.query("DROP SCHEMA syncline CASCADE");
  const { exitCode, err } = await syncline("dev");
  expect({ exitCode, err }).toEqual({ exitCode: 1, err: expect.stringMatching(/--migrate/) });
});
