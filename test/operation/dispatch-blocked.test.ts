import { ownPostgres } from "@syncline/dev-postgres";
import pg from "pg";
import { afterAll, afterEach, expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { collect, openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { asRow, ordersTo } from "../harness/shop-model.ts";
import { saveOrder } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

/** Whoever holds a lock that dispatches need is named: by event, by health and in one line of the log. */
const server = await ownPostgres({ settings: { max_prepared_transactions: "5" } });
afterAll(() => server.stop());
const url = await server.createDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();

async function login(name: string, rights: string): Promise<string> {
  await shop.query(`CREATE ROLE ${name} LOGIN PASSWORD '${name}'; ${rights}`);
  const own = new URL(url);
  own.username = name;
  own.password = name;
  own.searchParams.set("application_name", `${name}s-tool`);
  return own.href;
}

const lines: { readonly message: string; readonly fields: unknown }[] = [];
const note = (fields: unknown, message: string) => void lines.push({ fields, message });
const pipeline = await openPipeline(url, downstream, {
  strategyTable: true,
  tuning: { dispatchBlockedMs: 400 },
  log: { debug: () => {}, info: () => {}, warn: note, error: note },
});
await shop.query("INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)", [...asRow(ordersTo("crm"))]);
const editorUrl = await login(
  "editor",
  "GRANT USAGE ON SCHEMA syncline TO editor; GRANT SELECT, INSERT, UPDATE, DELETE ON syncline.strategy TO editor",
);
const blocked = collect(pipeline, "dispatchBlocked");
const resumed = collect(pipeline, "dispatchResumed");
await pipeline.start();

const sessions: pg.Client[] = [];
async function session(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => {});
  await client.connect();
  sessions.push(client);
  return client;
}
afterEach(() => Promise.all(sessions.splice(0).map((client) => client.end())));

const pidOf = async (client: pg.Client) =>
  `pid ${(await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")).rows[0]?.pid}`;

let orderId = 0;

/**
 * Records a change, waits for the alarm, lets `release` end what blocks, and waits until the order
 * has come. Returns the alarm.
 */
async function alarmUntil(release: () => Promise<unknown>, id = orderId + 1) {
  blocked.length = resumed.length = lines.length = 0;
  orderId = id;
  // Where the table of changes is locked, applications wait as well.
  const saved = saveOrder(shop, pipeline, id);
  const alarm = await waitFor("the alarm", () => blocked[0]);
  const health = pipeline.health();
  expect(health.problems).toMatchObject([{ part: "dispatch", code: "dispatch.blocked" }]);
  for (const { session } of alarm.sessions) expect(health.problems[0]?.message).toContain(session);
  expect(lines.filter(({ message }) => message.includes("locks of others"))).toHaveLength(1);
  await release();
  await saved;
  await waitFor("the order", () => downstream.books.state("crm").size === orderId);
  await waitFor("it to be told", () => resumed[0]);
  expect(pipeline.health().problems).toEqual([]);
  return alarm;
}

it("an editor who changed a strategy and leaves his transaction open", async () => {
  const editor = await session(editorUrl);
  await editor.query("BEGIN; UPDATE syncline.strategy SET enabled = true /* the-blockers-words */");
  const pid = await pidOf(editor);
  const before = Date.now();
  const alarm = await alarmUntil(() => editor.query("ROLLBACK"));
  expect(alarm.sessions).toEqual([
    {
      session: pid,
      transaction: expect.any(String),
      holds: "the row of syncline.dispatcher",
      role: "editor",
      application: "editors-tool",
      address: "127.0.0.1",
      state: "idle in transaction",
      since: expect.any(Number),
    },
  ]);
  expect(Math.abs((alarm.sessions[0]?.since ?? 0) - before)).toBeLessThan(60_000);
  expect(JSON.stringify([alarm, lines])).not.toContain("the-blockers-words");
});

it("what does not stop a dispatch raises nothing: recorders, readers, a statement that edits nothing", async () => {
  const [recorder, reader, editor] = [await session(url), await session(url), await session(editorUrl)];
  await recorder.query(`BEGIN; SELECT syncline.record_change('order', '{"orderId": 9999}')`);
  await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM syncline.change, syncline.delivery");
  await editor.query("BEGIN; DELETE FROM syncline.strategy WHERE false");
  blocked.length = 0;
  const until = performance.now() + 1_500;
  while (performance.now() < until) {
    orderId += 1;
    await saveOrder(shop, pipeline, orderId);
    await waitFor("the order", () => downstream.books.state("crm").size === orderId);
  }
  expect(blocked).toEqual([]);
  await recorder.query("ROLLBACK");
});

it.each([
  ["the dispatcher's row", "SELECT FROM syncline.dispatcher FOR UPDATE", "the row of syncline.dispatcher"],
  ["the table of deliveries", "LOCK TABLE syncline.delivery", "AccessExclusiveLock on syncline.delivery"],
  ["the table of changes", "LOCK TABLE syncline.change", "AccessExclusiveLock on syncline.change"],
  ["the dispatcher's table", "LOCK TABLE syncline.dispatcher", "AccessExclusiveLock on syncline.dispatcher"],
  ["pauses", "LOCK TABLE syncline.pause", "AccessExclusiveLock on syncline.pause"],
  ["deliveries, with writers kept out", "LOCK TABLE syncline.delivery IN SHARE MODE", "ShareLock on syncline.delivery"],
])("a session that holds %s", async (_, text, holds) => {
  const owner = await session(url);
  await owner.query(`BEGIN; ${text}`);
  const pid = await pidOf(owner);
  const alarm = await alarmUntil(() => owner.query("ROLLBACK"));
  expect(alarm.sessions).toMatchObject([{ session: pid, holds: expect.stringContaining(holds) }]);
});

it("an editor who locks the table of strategies", async () => {
  const editor = await session(editorUrl);
  await editor.query("BEGIN; LOCK TABLE syncline.strategy");
  const pid = await pidOf(editor);
  const alarm = await alarmUntil(() => editor.query("ROLLBACK"));
  expect(alarm.sessions).toMatchObject([{ session: pid, role: "editor" }]);
});

it("somebody who holds a delivery's row", async () => {
  await pipeline.pause("crm");
  orderId += 1;
  await saveOrder(shop, pipeline, orderId);
  await waitFor("its delivery", async () => (await shop.query("SELECT FROM syncline.delivery")).rowCount);
  const owner = await session(url);
  await owner.query("BEGIN; UPDATE syncline.delivery SET attempts = attempts");
  await pipeline.resume("crm");
  const pid = await pidOf(owner);
  const alarm = await alarmUntil(() => owner.query("ROLLBACK"), orderId);
  expect(alarm.sessions).toMatchObject([{ session: pid, holds: expect.stringContaining("syncline.delivery") }]);
});

it("two who share a lock of the dispatcher's row", async () => {
  const both = [await session(url), await session(url)];
  for (const each of both) await each.query("BEGIN; SELECT FROM syncline.dispatcher FOR SHARE");
  const pids = await Promise.all(both.map(pidOf));
  const alarm = await alarmUntil(() => Promise.all(both.map((each) => each.query("ROLLBACK"))));
  expect(alarm.sessions.map((each) => each.session).sort()).toEqual(pids.sort());
});

it("who stands at the head of the queue, and not who waits there, too", async () => {
  const [reader, owner] = [await session(url), await session(url)];
  await reader.query("BEGIN; SELECT FROM syncline.delivery");
  const pid = await pidOf(reader);
  await owner.query("BEGIN");
  const waiting = owner.query("LOCK TABLE syncline.delivery");
  const alarm = await alarmUntil(async () => {
    await reader.query("ROLLBACK");
    await waiting;
    await owner.query("ROLLBACK");
  });
  expect(alarm.sessions).toMatchObject([{ session: pid, holds: "AccessShareLock on syncline.delivery" }]);
});

it("a prepared transaction, which has no session", async () => {
  const editor = await session(editorUrl);
  await editor.query("BEGIN; UPDATE syncline.strategy SET enabled = true; PREPARE TRANSACTION 'left-behind'");
  const alarm = await alarmUntil(() => editor.query("ROLLBACK PREPARED 'left-behind'"));
  expect(alarm.sessions).toMatchObject([
    { session: "prepared left-behind", role: "editor", holds: "the row of syncline.dispatcher", state: "prepared" },
  ]);
});
