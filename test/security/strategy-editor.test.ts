import { testDatabase } from "@syncline/dev-postgres/vitest";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import { beforeEach, describe, expect, it } from "vitest";
import { collect, openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { order, ordersQuery } from "../harness/shop-model.ts";
import { transaction } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";
import { asServersRead, staysBelow } from "./as-servers-read.ts";
import { listeningServer } from "./listening-server.ts";
import { readingLogin } from "./reading-login.ts";

/** Whoever may edit the strategy table is the attacker; the reading login and the configured host are the fence. */
const url = await testDatabase();
const shop = await openShop(url);
await shop.query(`
  CREATE TABLE payroll (id bigint PRIMARY KEY, salary text NOT NULL);
  INSERT INTO payroll VALUES (1, 'a-salary-nobody-may-see');
  CREATE SEQUENCE counter;
  CREATE FUNCTION meddle() RETURNS bigint LANGUAGE sql VOLATILE AS 'INSERT INTO payroll VALUES (2, ''x'') RETURNING id'`);
const partner = await listeningServer();
const stranger = await listeningServer();
const pipeline = await openPipeline(url, undefined, {
  database: postgres({ connectionString: url, max: 4, query: { connectionString: await readingLogin(shop, url) } }),
  strategyTable: true,
  downstreams: {
    crm: http({
      baseUrl: `${partner.url}/api`,
      auth: { bearer: "the-configured-token" },
      headers: { "x-tenant": "acme" },
    }),
  },
  tuning: { maxItemBytes: 1_048_576, misconfiguredProbeMs: 50 },
});
const invalid = collect(pipeline, "strategyInvalid");
const dead = collect(pipeline, "dead");
const closed = collect(pipeline, "circuitOpened");
const released = collect(pipeline, "released");
await pipeline.start();

const definition = {
  category: "order",
  downstream: "crm",
  query: ordersQuery,
  path: "/orders/{id}",
  method: "PUT",
  whenAbsent: "skip",
  queryTimeoutMs: 300,
  retry: { maxAttempts: 2, initialMs: 5, maxMs: 10 },
};

let orderId = 0;

/** Puts the attacker's strategy beside a sound one, changes an order, and waits until both have come to something. */
async function attack(change: object, note = "plain"): Promise<{ readonly name: string }> {
  orderId += 1;
  const [name, sound] = [`attack-${orderId}`, `sound-${orderId}`];
  await shop.query("DELETE FROM syncline.strategy");
  await shop.query("INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2), ($3, $4)", [
    name,
    JSON.stringify({ ...definition, ...change }),
    sound,
    JSON.stringify({ ...definition, path: "/sound/{id}" }),
  ]);
  await transaction(shop, async (tx) => {
    await tx.query("INSERT INTO orders (id, customer_id, note) VALUES ($1, 1, $2)", [orderId, note]);
    await pipeline.recorder.record(tx, [order.changed({ orderId })]);
  });
  await waitFor("the sound strategy to deliver", () =>
    partner.heard.some(({ target }) => target === `/api/sound/${orderId}`),
  );
  const ofAttack = ({ strategy }: { readonly strategy: string }) => strategy === name;
  await waitFor("the attacker's strategy to come to something", async () => {
    if (invalid.some((each) => each.name === name) || [...dead, ...closed, ...released].some(ofAttack)) return true;
    const { strategies } = await pipeline.status();
    return strategies.every((each) => each.strategy !== name || each.due + each.leased + each.waiting === 0);
  });
  return { name };
}

// Of this database: the files that run beside this one migrate theirs on the same server, which
// takes such a lock, too.
const locksHere = `FROM pg_locks WHERE locktype = 'advisory'
                      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

async function untouched(): Promise<void> {
  const { rows } = await shop.query<{ readonly payroll: string; readonly counter: boolean; readonly locks: string }>(`
    SELECT (SELECT count(*) FROM payroll) AS payroll, (SELECT is_called FROM counter) AS counter,
           (SELECT count(*) ${locksHere}) AS locks`);
  expect(rows).toEqual([{ payroll: "1", counter: false, locks: "0" }]);
  const { rows: orders } = await shop.query<{ readonly count: string }>("SELECT count(*) FROM orders");
  expect(Number(orders[0]?.count)).toBe(orderId);
  expect(stranger.heard).toEqual([]);
}

beforeEach(() => {
  partner.heard.length = 0;
});

describe("who may edit strategies cannot write by a query:", () => {
  it.each([
    ["a delete in a CTE", "WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone WHERE id = :orderId"],
    [
      "an insert in a CTE",
      "WITH n AS (INSERT INTO payroll VALUES (3, 'x') RETURNING *) SELECT id FROM n WHERE :orderId > 0",
    ],
    ["SELECT INTO", "SELECT * INTO stolen FROM orders WHERE id = :orderId"],
    ["a second statement", "SELECT * FROM orders WHERE id = :orderId; DELETE FROM orders"],
    ["a second statement behind a comment", "SELECT * FROM orders WHERE id = :orderId; -- x\nDELETE FROM orders"],
    [
      "a parenthesis that breaks out",
      "SELECT 1 AS id FROM orders WHERE id = :orderId) AS x; DELETE FROM orders; SELECT (1",
    ],
    ["COPY", "COPY orders TO '/tmp/stolen'"],
    ["COPY to a program in disguise", "WITH a AS (SELECT 1) COPY orders TO PROGRAM 'true'"],
    ["DO", "DO $$ BEGIN DELETE FROM orders; END $$"],
    ["a function that writes", "SELECT o.id, meddle() AS m FROM orders o WHERE o.id = :orderId"],
    ["nextval", "SELECT o.id, nextval('counter') AS n FROM orders o WHERE o.id = :orderId"],
    ["row locks", "SELECT * FROM orders WHERE id = :orderId FOR UPDATE"],
    ["a large object", "SELECT o.id, lo_create(0) AS l FROM orders o WHERE o.id = :orderId"],
    [
      "leaving the read-only mode",
      "SELECT o.id, set_config('transaction_read_only', 'off', false) AS s, meddle() AS m FROM orders o WHERE o.id = :orderId",
    ],
    [
      "an advisory lock that outlives the read",
      "SELECT o.id, pg_advisory_lock(7) IS NULL AS l FROM orders o WHERE o.id = :orderId",
    ],
    ["dollar quotes left open", "SELECT $x$ FROM orders WHERE id = :orderId"],
  ])("%s", async (_, query) => {
    await attack({ query });
    await waitFor("locks to be gone", async () => {
      const { rows } = await shop.query(`SELECT ${locksHere}`);
      return rows.length === 0;
    });
    await untouched();
  });
});

describe("who may edit strategies cannot read beyond the reading login:", () => {
  it.each([
    ["another table", "SELECT p.id, p.salary FROM payroll p WHERE :orderId > 0"],
    ["Syncline's own tables", "SELECT s.name AS id, s.definition FROM syncline.strategy s WHERE :orderId > 0"],
    ["a file", "SELECT 1 AS id, pg_read_file('/etc/passwd') AS f FROM orders o WHERE o.id = :orderId"],
    ["passwords", "SELECT 1 AS id, rolpassword FROM pg_authid, orders o WHERE o.id = :orderId"],
    [
      "as somebody else",
      "SELECT 1 AS id, set_config('role', 'postgres', true) AS r FROM orders o WHERE o.id = :orderId",
    ],
  ])("%s", async (_, query) => {
    const { name } = await attack({ query, path: "/stolen" });
    expect(partner.heard.filter(({ target }) => target === "/api/stolen")).toEqual([]);
    expect([...invalid.map((each) => each.name), ...[...dead, ...closed].map(({ strategy }) => strategy)]).toContain(
      name,
    );
    await untouched();
  });
});

describe("who may edit strategies cannot exhaust worker or database:", () => {
  it.each([
    ["a sleep", "SELECT o.id, pg_sleep(3600) IS NULL AS s FROM orders o WHERE o.id = :orderId"],
    [
      "a thousand million rows",
      "SELECT g AS id FROM orders o, generate_series(1, 1000000000) AS g WHERE o.id = :orderId",
    ],
    ["a value of 900 MB", "SELECT o.id, repeat('x', 900000000) AS v FROM orders o WHERE o.id = :orderId"],
    [
      "a join of everything with everything",
      "SELECT count(*) AS id FROM orders o, generate_series(1, 100000) a, generate_series(1, 100000) b WHERE o.id = :orderId",
    ],
    [
      "endless recursion",
      "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT max(n) AS id FROM r, orders o WHERE o.id = :orderId",
    ],
  ])("%s", async (_, query) => {
    const before = process.memoryUsage().rss;
    const { name } = await attack({ query, rows: "many" });
    await waitFor("the server to have stopped working at it", async () => {
      const { rows } = await shop.query(
        "SELECT FROM pg_stat_activity WHERE usename LIKE 'reader%' AND state = 'active'",
      );
      return rows.length === 0 || invalid.some((each) => each.name === name);
    });
    expect(partner.heard.filter(({ target }) => !target.startsWith("/api/sound/"))).toEqual([]);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
    await untouched();
  });
});

describe("who may edit strategies cannot send elsewhere than to the configured host and below its path:", () => {
  it.each([
    `${stranger.url}/x`,
    `//${stranger.host}/x`,
    `/\\${stranger.host}/x`,
    `\\\\${stranger.host}\\x`,
    `@${stranger.host}/x`,
    `:80@${stranger.host}/x`,
    "/../admin",
    "/..;/admin",
    "/..;a=b/admin",
    "/..%3b/admin",
    "/%252e%252e/admin",
    "/%c0%ae%c0%ae/admin",
    "/x%252f..%252f..%252fadmin",
    "/x%ef%bc%8f..%ef%bc%8f..%ef%bc%8fadmin",
    "/.%20./admin",
    "/%2e%2e/admin",
    "/x/../../admin",
    "/.%2e/admin",
    "/\t../admin",
    "/x\r\nhost: example.com\r\n\r\nGET /admin",
    "/x?y#z",
  ])("path %j", async (path) => {
    await attack({ path });
    for (const { target, headers } of partner.heard) {
      expect(staysBelow(target, "/api/"), `${target} is read as ${asServersRead(target).join(" ")}`).toBe(true);
      expect(headers.host).toBe(partner.host);
    }
    await untouched();
  });

  it.each([
    "..",
    ".",
    "../../admin",
    "/../admin",
    "%2e%2e",
    "a\r\nx-injected: 1",
    "?q=1",
    "#f",
    "//x",
    "\\..\\",
    "\u2025",
    "../../../admin/users/7",
    "..\\..\\..\\admin",
    "..%2f..%2f..%2fadmin",
    "..%252f..%252f..%252fadmin",
    "..%c0%af..%c0%af..%c0%afadmin",
    "..／..／..／admin",
    "..;",
    "..;/..;/..;/admin",
    "a?b",
    "",
  ])("a path of what a row holds, %j", async (note) => {
    await attack({ path: "/notes/{note}/end" }, note);
    for (const { target, headers } of partner.heard) {
      for (const path of asServersRead(target)) expect(path, target).toMatch(/^\/api\/(notes\/[^/]+\/end|sound\/\d+)$/);
      expect(headers["x-injected"]).toBeUndefined();
    }
    await untouched();
  });

  const sent = ["accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "host"];
  sent.push("idempotency-key", "syncline-revision", "user-agent", "x-tenant");

  it.each<{ readonly [name: string]: string }>([
    { host: stranger.host },
    { authorization: "Bearer the-attackers-token" },
    { "x-a": "b\r\nx-injected: 1" },
    { "x-a\r\nx-injected": "1" },
    { "content-length": "0" },
    { "transfer-encoding": "chunked" },
    { connection: "upgrade", upgrade: "websocket" },
    { "proxy-authorization": "Basic eDp5" },
    { "x-a": "\u0001" },
    { constructor: "x" },
    { "X-Tenant": "attacker" },
    { x_tenant: "attacker" },
    { "x-original-url": "/admin/users", "x-rewrite-url": "/admin" },
    { "x-http-method-override": "DELETE", "x-method-override": "DELETE" },
    { "x-forwarded-host": "evil", forwarded: "for=127.0.0.1", "x-real-ip": "127.0.0.1", "x-forwarded-prefix": "/.." },
    { cookie: "session=1" },
    { "content-type": "application/x-www-form-urlencoded" },
    { "user-agent": "evil", "x-unheard-of": "1" },
  ])("headers %j", async (headers) => {
    await attack({ options: { headers } });
    for (const heard of partner.heard) {
      expect(heard.headers.host).toBe(partner.host);
      expect(heard.headers.authorization).toBe("Bearer the-configured-token");
      expect(heard.headers["x-tenant"]).toBe("acme");
      expect(heard.headers["accept-encoding"]).toBe("identity");
      expect(Object.keys(heard.headers).sort()).toEqual(sent);
      expect(JSON.parse(heard.body)).toMatchObject({ id: String(orderId) });
    }
    await untouched();
  });

  it("another downstream than those configured", async () => {
    const { name } = await attack({ downstream: "elsewhere" });
    expect(invalid.find((each) => each.name === name)?.problems).toMatchObject([
      { at: expect.stringContaining("downstream") },
    ]);
    await untouched();
  });
});

describe("who may edit strategies cannot end sessions but those of the reading login:", () => {
  it.each(["pg_terminate_backend", "pg_cancel_backend"])("%s", async (meddle) => {
    const pid = "SELECT pg_backend_pid() AS pid";
    const own = (await shop.query<{ readonly pid: number }>(pid)).rows[0]?.pid;
    await attack({
      query: `SELECT o.id, (SELECT count(*) FROM pg_stat_activity a
                             WHERE a.pid <> pg_backend_pid() AND ${meddle}(a.pid)) AS ended FROM orders o WHERE o.id = :orderId`,
    });
    expect((await shop.query<{ readonly pid: number }>(pid)).rows[0]?.pid).toBe(own);
    expect(pipeline.health().ready).toBe(true);
    await untouched();
  });

  it("and what is read beside goes on, though its session is ended again and again", async () => {
    await attack({
      query: `SELECT o.id, (SELECT count(*) FROM pg_stat_activity a WHERE a.pid <> pg_backend_pid()
                              AND a.usename = current_user AND pg_terminate_backend(a.pid)) AS ended
                FROM orders o WHERE o.id = :orderId`,
    });
    expect(partner.heard.some(({ target }) => target === `/api/sound/${orderId}`)).toBe(true);
    await untouched();
  });
});
