import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { category, type DatabaseSession, type QueryLimits } from "@syncline/core/spi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sqlite } from "./adapter.ts";
import { sqliteDialect } from "./dialect.ts";
import type { SqliteDatabase } from "./driver.ts";
import { recordNow } from "./recorder.ts";
import { openWithDriver } from "./testing/driver.ts";

/** What a set statement begins with. */
const onceForEachKey = sqliteDialect.joinLateral("", [], "joined");

const never = new AbortController().signal;
const order = category("order", { id: "integer" });
const context = { log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} } };
const limits: QueryLimits = { timeoutMs: 30_000, maxRows: 1_000, numbers: "string" };

let folder: string;
let file: string;
let application: SqliteDatabase;
let session: DatabaseSession;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "syncline-sqlite-"));
  file = join(folder, "shop.db");
  session = sqlite({ open: () => openWithDriver(file) }).open(context);
  await session.migrate(never);
  application = openWithDriver(file);
});
afterEach(async () => {
  await session.close();
  application.close();
  rmSync(folder, { recursive: true });
});

const changes = async () => (await session.backlog.status(never)).changes;
const read = async (text: string, given: Partial<QueryLimits> = {}, parameters: readonly unknown[] = []) =>
  (await session.queryRunner.run([{ text, parameters }], { ...limits, ...given }, never))[0]?.rows;

describe("while somebody else is in a transaction", () => {
  beforeEach(() => application.exec("BEGIN IMMEDIATE"));

  test("a write waits without blocking the process, and is done after the commit", async () => {
    const pausing = session.backlog.pause("s", never);
    // Were the wait SQLite's own, this line would not be reached before it has given up.
    recordNow(application, [order.changed({ id: 1 })]);
    application.exec("COMMIT");
    await pausing;
    expect(await session.backlog.status(never)).toMatchObject({ changes: 1, strategies: [{ paused: true }] });
  });

  test("a dispatch does not wait: it says that it is busy, and takes nothing", async () => {
    application.exec("COMMIT; BEGIN IMMEDIATE");
    recordNow(application, [order.changed({ id: 1 })]);
    application.exec("COMMIT; BEGIN IMMEDIATE");
    const route = () => ({ deliveries: [], refused: [] });
    expect(await session.poller.dispatch(10, route, never)).toMatchObject({ status: "busy", taken: 0 });
    application.exec("COMMIT");
    expect(await session.poller.dispatch(10, route, never)).toMatchObject({ status: "done", taken: 1 });
  });

  test("reads and an idle worker's polls need no lock", async () => {
    expect(await read("SELECT 1")).toEqual([["1"]]);
    expect(await session.poller.dispatch(10, () => undefined, never)).toMatchObject({ status: "done" });
    const lease = { token: crypto.randomUUID(), durationMs: 1_000 };
    expect(await session.poller.claim([{ strategy: "s", count: 1, strict: false }], lease, never)).toEqual([]);
    application.exec("COMMIT");
  });

  test("a wait that is too long ends with an error that is worth another try, or with the signal", async () => {
    const hasty = sqlite({ open: () => openWithDriver(file), busyTimeoutMs: 0 }).open(context);
    await expect(hasty.backlog.pause("s", never)).rejects.toMatchObject({ code: "database.busy", retryable: true });
    await hasty.close();
    const abort = new AbortController();
    const waiting = session.backlog.pause("s", abort.signal);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: "operation.aborted" });
    application.exec("COMMIT");
  });
});

describe("recordNow", () => {
  test("refuses a connection that is not in a transaction", async () => {
    expect(() => recordNow(application, [order.changed({ id: 1 })])).toThrow(/not in a transaction/);
    expect(await changes()).toBe(0);
  });

  test("throws where there are no tables, so that the transaction around it rolls back", () => {
    const other = openWithDriver(join(folder, "other.db"));
    other.exec("BEGIN");
    expect(() => recordNow(other, [order.changed({ id: 1 })])).toThrow(
      expect.objectContaining({ code: "database.schema" }),
    );
    other.exec("ROLLBACK");
    other.close();
  });
});

describe("reading", () => {
  test("integers travel as strings, reals as numbers, blobs in base64", async () => {
    const text = "SELECT 9007199254740993, 7, 1.5, 'ö', NULL, x'00ff', 9e999";
    expect(await read(text)).toEqual([["9007199254740993", "7", 1.5, "ö", null, "AP8=", "Infinity"]]);
  });

  test("as numbers, an integer that a double cannot hold is refused", async () => {
    expect(await read("SELECT 7", { numbers: "number" })).toEqual([[7]]);
    await expect(read("SELECT 9007199254740993", { numbers: "number" })).rejects.toMatchObject({ code: "query.data" });
  });

  test("the limit of rows is one for all keys of a set, and in no key field's way", async () => {
    const text = `${onceForEachKey}SELECT value FROM json_each('[1,2,3]') WHERE value < @limit`;
    const keys = [[{ limit: 3n }, { limit: 4n }]];
    expect(await read(text, { maxRows: 5 }, keys)).toHaveLength(5);
    await expect(read(text, { maxRows: 4 }, keys)).rejects.toMatchObject({ code: "query.row-limit" });
  });

  test("no further key is read once the time is over", async () => {
    const slow = `${onceForEachKey}WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < @n) SELECT max(n) FROM c`;
    const keys = Array.from({ length: 100_000 }, () => ({ n: 10_000n }));
    await expect(read(slow, { timeoutMs: 20 }, [keys])).rejects.toMatchObject({ code: "query.timeout" });
  });

  test("nothing but one SELECT is taken, whatever it leaves open", async () => {
    for (const text of [
      "PRAGMA query_only = OFF",
      "SELECT 1; SELECT 2",
      "SELECT 1 /*",
      "SELECT 1) --",
      "SELECT 1) x; SELECT (1",
      "VACUUM",
      "",
    ])
      await expect(read(text), text).rejects.toMatchObject({ code: "query.invalid" });
    expect(await read("SELECT 1 -- )")).toEqual([["1"]]);
  });

  test("a list keeps the order that the template asks for", async () => {
    expect(await read("SELECT value FROM json_each('[2,3,1]') ORDER BY value DESC")).toEqual([["3"], ["2"], ["1"]]);
  });
});

describe("backfilling from a query", () => {
  const all = category("all", { n: "integer", yes: "boolean", text: "string" });

  test("booleans and texts are made what the category says", async () => {
    const keys = `SELECT 1 AS n, 1 AS yes, 5 AS "text" UNION SELECT 2, 0, 'é'; `;
    expect(await session.backlog.backfill({ strategy: "s", category: all, keys }, never)).toBe(2);
    const conditions = application.prepare("SELECT condition FROM syncline_change ORDER BY id").all({});
    expect(conditions).toEqual([
      { condition: '{"n":1,"yes":true,"text":"5"}' },
      { condition: '{"n":2,"yes":false,"text":"é"}' },
    ]);
  });

  test("a row without a key, and what is more than a SELECT, record nothing", async () => {
    for (const [keys, code] of [
      ["SELECT 1 AS n, 1 AS yes, NULL AS text", "query.data"],
      ["SELECT 1 AS n, 1 AS yes", "query.invalid"],
      ["SELECT 1 AS n, 1 AS yes, 'x' AS text) AS q; DELETE FROM syncline_change; SELECT (1", "query.invalid"],
    ] as const)
      await expect(session.backlog.backfill({ strategy: "s", category: all, keys }, never)).rejects.toMatchObject({
        code,
      });
    expect(await changes()).toBe(0);
  });
});

test("wrong options are refused, all at once", () => {
  const wrong = { open: "shop.db", busyTimeoutMs: -1, file: "x" };
  expect(() => sqlite(wrong as never)).toThrow(
    expect.objectContaining({
      code: "config.invalid",
      problems: ["file", "open", "busyTimeoutMs"].map((at) => expect.objectContaining({ at })),
    }),
  );
});

test("a file that cannot be opened is unavailable, and so is a session that was closed", async () => {
  const elsewhere = sqlite({ open: () => openWithDriver(join(folder, "no", "such", "folder.db")) }).open(context);
  await expect(elsewhere.checkSchema(never)).rejects.toMatchObject({ code: "database.unavailable" });
  await elsewhere.close();
  await elsewhere.close();
  await expect(elsewhere.backlog.status(never)).rejects.toMatchObject({ code: "database.unavailable" });
});
