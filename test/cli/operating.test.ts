import { userInfo } from "node:os";
import { createPipeline } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import type pg from "pg";
import { beforeEach, expect, it } from "vitest";
import { accept, Downstream } from "../harness/downstream.ts";
import { openPipeline, quickTuning } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { asRow, categories, orderKey, ordersQuery, ordersTo } from "../harness/shop-model.ts";
import { deliveries } from "../harness/tables.ts";
import { saveOrder, saveOrders } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";
import { commandLine } from "./syncline.ts";

const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const strategies = [ordersTo("crm"), ordersTo("search")];

const open = (name = "crm") =>
  createPipeline<pg.ClientBase>({
    database: postgres({ connectionString: url, max: 4 }),
    categories,
    strategies: name === "crm" ? strategies : [ordersTo(name)],
    strategyTable: true,
    downstreams: { crm: http({ baseUrl: downstream.url }) },
    log: silent,
    tuning: quickTuning,
  });
const syncline = commandLine(() => open());
const recording = await openPipeline(url, undefined, {});

beforeEach(async () => {
  downstream.behave = accept;
  await shop.query("TRUNCATE orders");
  await shop.query(
    "TRUNCATE syncline.delivery, syncline.change, syncline.worker, syncline.strategy, syncline.pause, syncline.operation",
  );
});

/** Orders whose note is "bad" are refused; all changes of both strategies come to an end. */
async function work(): Promise<void> {
  downstream.behave = ({ items }) => ({ status: items.some(({ body }) => body?.note === "bad") ? 422 : 200 });
  await using worker = open();
  await worker.drain();
}

it("a bad day: what died is found, its cause seen, sent again once it is mended", async () => {
  await saveOrders(shop, recording, 1, 3);
  await saveOrder(shop, recording, 4, { note: "bad" });
  await saveOrder(shop, recording, 5, { note: "bad" });
  await work();
  const status = await syncline("status");
  expect(status.exitCode).toBe(0);
  expect(status.out).toMatch(/^crm +- +0 +0 +0 +0 +2 +0 +-$/m);
  const causes = await syncline("dead causes --strategy crm");
  expect(causes.out).toMatch(/^ +2 +0 +crm +rejected: http\.422 /m);
  const listed = await syncline("dead list --strategy crm --json");
  const { items, more } = JSON.parse(listed.out) as { items: { id: string; key: string }[]; more: boolean };
  expect(items.map(({ key }) => key).sort()).toEqual(['{"orderId":"4"}', '{"orderId":"5"}']);
  expect(more).toBe(false);
  const shown = await syncline(`dead show ${items[0]?.id}`);
  expect(shown.out).toContain(`${items[0]?.id}: crm ${items[0]?.key}`);
  expect(shown.out).toContain("http.422");

  await shop.query("UPDATE orders SET note = 'mended' WHERE id = 4");
  const preview = await syncline("preview crm orderId=4");
  expect(preview.out).toContain('"note":"mended"');
  expect(downstream.books.last("crm", orderKey(4))).toBeUndefined();
  const requeued = await syncline([
    "dead",
    "requeue",
    "--strategy",
    "crm",
    "--key",
    `"4"`,
    "--yes",
    "--by",
    "ann",
    "--reason",
    "the row is mended",
  ]);
  expect(requeued).toMatchObject({ exitCode: 0, out: "1 due again now, with fresh attempts." });
  await work();
  expect(downstream.books.last("crm", orderKey(4))?.body?.note).toBe("mended");

  // The rest is not worth it.
  expect((await syncline("dead discard --older-than 0ms --yes")).out).toBe("3 forgotten.");
  expect((await syncline("dead list")).out).toBe("There is no such dead letter.");
  const kept = await syncline("audit --json");
  expect(JSON.parse(kept.out)).toMatchObject({
    items: [
      { action: "discard", actor: userInfo().username, reason: null, selection: '{"olderThanMs":0}', count: 3 },
      { action: "requeue", actor: "ann", reason: "the row is mended", strategy: "crm", count: 1 },
    ],
  });
  expect((await syncline("audit --action requeue")).out).toMatch(/ ann +requeue +1 +crm .* the row is mended$/m);
});

it("who changed a strategy of the table is told, by version", async () => {
  await shop.query("TRUNCATE syncline.strategy_history");
  const definition = JSON.stringify({ category: "order" });
  await shop.query("INSERT INTO syncline.strategy (name, definition) VALUES ('erp', $1)", [definition]);
  await shop.query("BEGIN; SET LOCAL syncline.actor = 'ann'; UPDATE syncline.strategy SET enabled = false; COMMIT");
  const { out } = await syncline("strategies history erp");
  expect(out).toMatch(/^ +2 .* ann +changed +no +\{"category": "order"\}$/m);
  expect(out).toMatch(/^ +1 .* created +yes /m);
  expect((await syncline("strategies history none")).out).toContain("has never had a strategy none");
});

it("explain says of a key where it stands, whatever that is", async () => {
  const explain = async () => (await syncline("explain order orderId=41")).out;
  expect(await explain()).toMatch(
    /^order \{"orderId":"41"\}\ncrm:\n {2}nothing is owed.*\nsearch:\n {2}nothing is owed/,
  );
  await saveOrder(shop, recording, 41, { note: "bad" });
  // As a trigger writes it.
  await shop.query(`UPDATE syncline.change SET condition = '{"orderId": 41}'`);
  expect(await explain()).toMatch(/^recorded .* ago, not yet dispatched/m);
  await syncline("pause search");
  await work();
  expect(await explain()).toMatch(
    /^crm:\n {2}dead: syncline dead show \d+, after 1 attempt; recorded .*\n {4}last failure: rejected, http\.422: .*\nsearch:\n {2}paused: syncline resume search\n {2}due: /m,
  );
  await shop.query(`UPDATE syncline.delivery SET state = 'held' WHERE strategy = 'crm'`);
  await shop.query(`UPDATE syncline.delivery SET due_at = now() + '1 h', attempts = 3 WHERE strategy = 'search'`);
  expect(await explain()).toMatch(/held for a person[\s\S]*waits for another (60 min|1\.0 h), after 3 attempts/);
  await shop.query(
    `INSERT INTO syncline.refused (id, category, condition, operation, recorded_at, reason) VALUES (1, 'order', '{"orderId":"41"}', 'upsert', now(), 'no reason')`,
  );
  expect(await explain()).toMatch(/^refused, recorded .* ago: no reason$/m);
  expect((await syncline("explain order orderId=x")).err).toMatch(/^change\.invalid: [\s\S]*orderId/);
  expect((await syncline("explain nothing orderId=1")).err).toMatch(/^config\.invalid: .*nothing/);
  await shop.query("TRUNCATE syncline.refused");
});

it("what cannot be undone is asked for, and refused where nobody can be asked", async () => {
  await saveOrder(shop, recording, 1, { note: "bad" });
  await work();
  const unasked = await syncline("dead discard --strategy crm");
  expect(unasked).toMatchObject({ exitCode: 2, out: "", err: expect.stringContaining("--yes") });
  const refused = await syncline("dead discard --strategy crm", { says: false });
  expect(refused).toMatchObject({ exitCode: 1, err: expect.stringContaining("Nothing was done.") });
  expect(await deliveries(shop)).toHaveLength(2);
  const everything = await syncline("dead discard --yes");
  expect(everything).toMatchObject({ exitCode: 2, err: expect.stringContaining("--strategy") });
  expect((await syncline("dead discard --strategy crm", { says: true })).out).toBe("1 forgotten.");
  expect(await deliveries(shop)).toHaveLength(1);
});

it("everything is paused at once, in the database, and resumed", async () => {
  const paused = await syncline("pause --all");
  expect(paused).toMatchObject({ exitCode: 0, out: "paused: crm, search" });
  await saveOrder(shop, recording, 21);
  await work();
  expect(downstream.books.last("crm", orderKey(21))).toBeUndefined();
  expect((await syncline("status")).out).toMatch(/^crm +paused +/m);
  expect((await syncline("resume --all")).out).toBe("resumed: crm, search");
  await work();
  expect(downstream.books.last("crm", orderKey(21))).toBeDefined();
  expect(await syncline("pause")).toMatchObject({ exitCode: 2 });
  expect(await syncline("pause no-such")).toMatchObject({
    exitCode: 1,
    err: expect.stringMatching(/^strategy\.unknown: .*crm, search/),
  });
});

it("a backfill, of the keys that a query names", async () => {
  await saveOrders(shop, recording, 31, 34);
  await shop.query("TRUNCATE syncline.change");
  const keys = `SELECT id AS "orderId" FROM orders WHERE id <= 33`;
  expect((await syncline(["backfill", "search", "--keys", keys, "--yes"])).out).toBe("3 keys recorded for search.");
  await work();
  const sent = [31, 32, 33, 34].filter((id) => downstream.books.last("search", orderKey(id)) !== undefined);
  expect(sent).toEqual([31, 32, 33]);
  // The shop's categories name no source.
  expect(await syncline("backfill search --yes")).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining("config.invalid"),
  });
});

it("check names everything that is wrong at once, of code and of the table", async () => {
  expect(await syncline("check")).toMatchObject({ exitCode: 0 });
  await shop.query("INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)", [
    ...asRow(ordersTo("typo", { query: "SELECT nonsense FROM orders WHERE id = :orderId" })),
  ]);
  await shop.query("INSERT INTO syncline.strategy (name, definition) VALUES ('lost', $1)", [
    JSON.stringify({ ...ordersTo("lost", { downstream: "gone" }), category: "order" }),
  ]);
  const found = await syncline("check --json");
  expect(found.exitCode).toBe(1);
  const { problems } = JSON.parse(found.out) as { problems: { at: string; message: string }[] };
  expect(problems.map(({ at }) => at)).toEqual(["syncline.strategy[lost].downstream", "syncline.strategy[typo].query"]);
  expect(problems[1]?.message).toContain("nonsense");
  const doctor = await syncline("doctor");
  expect(doctor).toMatchObject({
    exitCode: 1,
    out: expect.stringMatching(/^error {4}pipeline, syncline\.strategy\[typo\]\.query/m),
  });
});

it("what a renamed strategy has left is listed, and moved", async () => {
  await saveOrder(shop, recording, 1, { note: "bad" });
  await work();
  await shop.query("UPDATE orders SET note = 'good'");
  const renamed = commandLine(() => open("crm-orders"));
  const listed = await renamed("stranded list");
  expect(listed.out).toMatch(/^crm +0 +1 +0 .*\{"orderId":"1"\}$/m);
  expect((await renamed("doctor")).out).toMatch(/^warn {5}work, strategy crm: No running worker has it/m);
  expect((await renamed("stranded move crm crm-orders --yes")).out).toBe("1 moved from crm to crm-orders.");
  expect((await renamed("stranded discard search --yes")).out).toBe("1 of search forgotten.");
  await using worker = open("crm-orders");
  await worker.drain();
  expect(downstream.books.last("crm-orders", orderKey(1))?.body?.note).toBe("good");
});

it("run works until it is told to end, and answers for its health", async () => {
  const ending = new AbortController();
  const running = syncline("run --migrate --health 0", { signal: ending.signal });
  await saveOrder(shop, recording, 7);
  await waitFor("the order", () => downstream.books.last("crm", orderKey(7)) !== undefined);
  ending.abort();
  const { exitCode, err } = await running;
  expect(exitCode).toBe(0);
  expect(err).toMatch(/is running[\s\S]*stops/);
});

it("status is watched, also while the database is away", async () => {
  const ending = new AbortController();
  const printed: string[] = [];
  let isAway = false;
  const watching = commandLine(() => {
    const pipeline = open();
    const { status } = pipeline;
    pipeline.status = async () => {
      if (isAway) throw new Error("away");
      return await status.call(pipeline);
    };
    return pipeline;
  })("status --watch 5ms", { signal: ending.signal, printed });
  await waitFor("two looks", () => printed.length >= 2);
  isAway = true;
  await waitFor("what is wrong", () => printed.some((text) => /^\d\d:\d\d:\d\d UTC\naway$/.test(text)));
  isAway = false;
  const before = printed.length;
  await waitFor("further looks", () => printed.slice(before).some((text) => text.includes("Changes not yet")));
  ending.abort();
  expect(await watching).toMatchObject({ exitCode: 0 });
});

it("a command that is ended gives up what is under way, in a line", async () => {
  const ending = new AbortController();
  const lock = await shop.connect();
  await lock.query("BEGIN; LOCK TABLE syncline.delivery");
  const running = syncline("dead list", { signal: ending.signal });
  await waitFor("it to wait for the lock", async () => {
    const { rows } = await shop.query("SELECT FROM pg_locks WHERE NOT granted");
    return rows.length > 0;
  });
  ending.abort();
  expect(await running).toMatchObject({ exitCode: 1, err: "Ended before it was done." });
  await lock.query("ROLLBACK");
  lock.release();
});

it("what came from outside colours no terminal", async () => {
  await saveOrder(shop, recording, 1, { note: "bad" });
  await work();
  await shop.query("UPDATE syncline.delivery SET failure_message = E'\\x1b[31mred'");
  expect((await syncline("dead causes")).out).toContain("\\u{1b}[31mred");
});

it("a database that is away is an error in a line, and no stack", async () => {
  const away = commandLine(() =>
    createPipeline({
      database: postgres({ connectionString: "postgres://nobody@127.0.0.1:1/nowhere" }),
      categories,
      strategies,
      downstreams: { crm: http({ baseUrl: downstream.url }) },
      log: silent,
    }),
  );
  const { exitCode, out, err } = await away("status");
  expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
  expect(err).toMatch(/^database\.unavailable: [^\n]+$/);
  expect(await away("check")).toMatchObject({
    exitCode: 1,
    out: expect.stringMatching(/^database: database\.unavail/),
  });
});

it("compares what two strategies would send of one key", async () => {
  await saveOrder(shop, recording, 4, { note: "red" });
  const table = (name: string, query: string) =>
    shop.query(
      "INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)",
      asRow(ordersTo(name, { path: "/crm", query })),
    );
  await table("next", ordersQuery.replace("o.note", "upper(o.note) AS note"));
  await table("twin", ordersQuery.replace("o.note", "lower(o.note) AS note"));
  const different = await syncline("compare next crm orderId=4");
  expect(different).toMatchObject({ exitCode: 1 });
  expect(different.out).toMatch(/They would not send the same\..*next: upsert.*RED.*crm: upsert.*red/s);
  const same = await syncline("compare twin crm orderId=4 --json");
  expect(same).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(same.out)).toMatchObject({ isSame: true, strategies: [{ name: "twin" }, { name: "crm" }] });
  expect(downstream.calls.filter(({ lane }) => lane === "next")).toEqual([]);
});

it("migrate prints what it would run, and check says by its exit code that there is something", async () => {
  const elsewhere = commandLine(() =>
    createPipeline<pg.ClientBase>({
      database: postgres({ connectionString: url, max: 1, schema: "elsewhere" }),
      ...{ categories, downstreams: {}, log: silent },
    }),
  );
  expect(await elsewhere("migrate --check")).toMatchObject({ exitCode: 1 });
  const dry = await elsewhere("migrate --dry-run");
  expect(dry).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^-- 0001-tables\nBEGIN[\s\S]*COMMIT;$/) });
  expect(await elsewhere("migrate --dry-run --check")).toMatchObject({ exitCode: 1 });
  expect((await shop.query("SELECT to_regnamespace('elsewhere') AS made")).rows).toEqual([{ made: null }]);
  // As psql would run it, whole.
  await shop.query(dry.out);
  expect(await elsewhere("migrate --check")).toMatchObject({ exitCode: 0 });
  expect((await elsewhere("migrate --dry-run")).out).toContain("Nothing to do");
});

it("preview explains how the database would read, and runs nothing for it", async () => {
  await saveOrder(shop, recording, 3);
  const explained = await syncline("preview crm orderId=3 --explain");
  expect(explained).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^Plan, by the database[\s\S]*cost=/m) });
  expect(explained.out).not.toContain("actual time");
  const { plans } = JSON.parse((await syncline("preview crm orderId=3 --explain --json")).out) as { plans: string[] };
  expect(plans).toEqual([expect.stringContaining("cost=")]);
});
