import { chmodSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { category } from "@syncline/core/spi";
import { describe, expect, test } from "vitest";
import { sqlite } from "./adapter.ts";
import { sqliteDialect } from "./dialect.ts";
import type { SqliteDatabase } from "./driver.ts";
import { recordNow } from "./recorder.ts";
import { openWithDriver } from "./testing/driver.ts";
import { context, never, shopFile } from "./testing/shop-file.ts";

/** What a set statement begins with. */
const onceForEachKey = sqliteDialect.joinLateral("", [], "joined");

const shop = shopFile();
const order = category("order", { id: "integer" });
const opened = (open: () => SqliteDatabase) => sqlite({ open, busyTimeoutMs: 200 }).open(context);

test.each([
  ["in memory", () => openWithDriver(":memory:"), /in memory/],
  ["of another file each time", numbered(), /must open the same file/],
])("what is %s is refused, before anything is recorded there and never found", async (_, open, message) => {
  const session = opened(open);
  const attempt = async () => {
    await session.migrate(never);
    await session.queryRunner.run([{ text: "SELECT 1", parameters: [] }], limits, never);
  };
  await expect(attempt()).rejects.toMatchObject({
    code: "config.invalid",
    problems: [{ at: "open", message: expect.stringMatching(message) }],
  });
  await session.close();
});

const limits = { timeoutMs: 30_000, maxRows: 100_000, numbers: "string" as const };
function numbered() {
  let count = 0;
  return () => openWithDriver(join(shop.folder, `${count++}.db`));
}

describe("a read of many keys", () => {
  const busy = `${onceForEachKey}WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000)
    SELECT (SELECT max(n) FROM c) + @id, (SELECT count(*) FROM item)`;
  const keys = [Array.from({ length: 60 }, (_, id) => ({ id: BigInt(id) }))];

  test("lets others have their turn, and sees one snapshot all the same", async () => {
    shop.application.exec("CREATE TABLE item (id INTEGER)");
    let isOver = false;
    let turns = 0;
    const reading = shop.session.queryRunner.run([{ text: busy, parameters: keys }], limits, never).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await turn();
      turns += 1;
      shop.application.exec("INSERT INTO item VALUES (1)");
    }
    expect(turns).toBeGreaterThan(4);
    const [result] = await reading;
    expect(new Set(result?.rows.map((row) => row.at(-1))).size).toBe(1);
    expect(result?.rows).toHaveLength(60);
  });

  test("ends with its signal, and the next one begins afresh", async () => {
    shop.application.exec("CREATE TABLE item (id INTEGER)");
    const stop = new AbortController();
    const reading = shop.session.queryRunner.run([{ text: busy, parameters: keys }], limits, stop.signal);
    const next = shop.session.queryRunner.run([{ text: "SELECT count(*) FROM item", parameters: [] }], limits, never);
    await turn();
    shop.application.exec("INSERT INTO item VALUES (1)");
    stop.abort();
    await expect(reading).rejects.toMatchObject({ code: "operation.aborted" });
    expect((await next)[0]?.rows).toEqual([["1"]]);
  });

  test("is refused by a session that is closed meanwhile", async () => {
    shop.application.exec("CREATE TABLE item (id INTEGER)");
    const session = opened(() => openWithDriver(shop.file));
    const reading = session.queryRunner.run([{ text: busy, parameters: keys }], limits, never);
    await turn();
    await session.close();
    await expect(reading).rejects.toMatchObject({ code: "database.unavailable" });
  });
});

test("a full disk is an outage, and does not stop the commits that follow", async () => {
  const session = opened(() => {
    const database = openWithDriver(shop.file);
    database.exec("PRAGMA max_page_count = 60");
    return database;
  });
  const changes = Array.from({ length: 20_000 }, (_, id) => order.changed({ id }));
  const attempt = () => session.backlog.backfill({ strategy: "s", changes }, never);
  await expect(attempt()).rejects.toMatchObject({ code: "database.unavailable" });
  await expect(attempt()).rejects.toMatchObject({ code: "database.unavailable" });
  await session.backlog.pause("c", never);
  expect(await session.backlog.status(never)).toMatchObject({
    changes: 0,
    strategies: [{ strategy: "c", paused: true }],
  });
  await session.close();
});

test("a transaction that records while a worker reads waits for nobody", async () => {
  shop.application.exec("PRAGMA busy_timeout = 0; CREATE TABLE item (id INTEGER)");
  const text = `${onceForEachKey}SELECT @id`;
  const keys = [Array.from({ length: 2_000 }, (_, id) => ({ id: BigInt(id) }))];
  const reading = shop.session.queryRunner.run([{ text, parameters: keys }], limits, never);
  shop.application.exec("BEGIN IMMEDIATE");
  recordNow(shop.application, [order.changed({ id: 1 })]);
  await turn();
  shop.application.exec("COMMIT");
  expect((await reading)[0]?.rows).toHaveLength(2_000);
});

test.skipIf(process.getuid?.() === 0)("a file that cannot be written is unavailable, and says so", async () => {
  chmodSync(shop.file, 0o444);
  const session = opened(() => openWithDriver(shop.file));
  await expect(session.backlog.pause("a", never)).rejects.toMatchObject({ code: "database.unavailable" });
  await session.close();
});
