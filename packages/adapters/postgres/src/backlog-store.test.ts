import type { Claim, Failure } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { column, leaseOf, never, openPool, openSession, recordTexts, routeTo } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const { poller, migrate, backlog } = openSession({ connectionString: url });

beforeAll(async () => {
  await migrate(never);
  await pool.query(
    "CREATE TABLE orders (id bigint, note varchar(40), at timestamptz, day date, price numeric, code uuid, ok boolean)",
  );
});
beforeEach(async () => {
  await pool.query("TRUNCATE syncline.change, syncline.delivery, syncline.refused, syncline.pause, orders");
});

const failure: Failure = { kind: "rejected", code: "http.422", message: "no such customer", effect: "no" };

async function claimsOf(strategy: string, keys: readonly string[]): Promise<readonly Claim[]> {
  await recordTexts(pool, keys);
  const { claims } = await poller.dispatch(keys.length, routeTo(strategy, { lease: leaseOf() }), never);
  return claims;
}

async function bury(strategy: string, keys: readonly string[], result: "dead" | "held" = "dead"): Promise<void> {
  const claims = await claimsOf(strategy, keys);
  await poller.settle(claims.map((claim) => ({ result, claim, failure })));
}

describe("status", () => {
  test("is empty where there is nothing", async () => {
    expect(await backlog.status(never)).toEqual({ changes: 0, oldestChangeAgeMs: 0, refused: 0, strategies: [] });
  });

  test("counts each strategy's deliveries by what they wait for, and the changes not yet dispatched", async () => {
    await bury("crm", ["dead"]);
    await bury("crm", ["held"], "held");
    await claimsOf("crm", ["leased"]);
    const [waiting] = await claimsOf("crm", ["waiting"]);
    await poller.settle([{ result: "retry", claim: waiting as Claim, delayMs: 3_600_000, failure }]);
    await recordTexts(pool, ["due1", "due2"]);
    await poller.dispatch(10, routeTo("crm", { firstRecordedAt: Date.now() - 60_000 }), never);
    await backlog.pause("erp", never);
    await backlog.pause("erp", never);
    await recordTexts(pool, ["x", "y", "z"]);
    await pool.query("UPDATE syncline.change SET recorded_at = now() - interval '5 seconds'");
    const status = await backlog.status(never);
    expect(status).toMatchObject({ changes: 3, refused: 0 });
    expect(status.oldestChangeAgeMs).toBeGreaterThanOrEqual(5_000);
    expect(status.strategies).toMatchObject([
      { strategy: "crm", due: 2, waiting: 1, leased: 1, dead: 1, held: 1, paused: false },
      { strategy: "erp", due: 0, waiting: 0, leased: 0, dead: 0, held: 0, oldestAgeMs: 0, paused: true },
    ]);
    expect(status.strategies[0]?.oldestAgeMs).toBeGreaterThanOrEqual(50_000);
    await backlog.resume("erp", never);
    expect((await backlog.status(never)).strategies.map((each) => each.strategy)).toEqual(["crm"]);
  });
});

describe("dead letters", () => {
  test("come by page, oldest first, with what happened", async () => {
    await bury("crm", ["a", "b"]);
    await bury("erp", ["c"], "held");
    const first = await backlog.deadLetters({ limit: 2 }, never);
    expect(first.items).toMatchObject([
      { strategy: "crm", key: "a", state: "dead", operation: "upsert", attempts: 1, epoch: 0 },
      { strategy: "crm", key: "b" },
    ]);
    expect(first.items[0]?.failure).toEqual({ kind: "rejected", code: "http.422", message: "no such customer" });
    expect(Math.abs((first.items[0]?.diedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    const second = await backlog.deadLetters({ limit: 2, after: first.next ?? "" }, never);
    expect(second.items).toMatchObject([{ strategy: "erp", key: "c", state: "held" }]);
    expect(second.next).toBeUndefined();
    expect((await backlog.deadLetters({ strategy: "erp" }, never)).items).toHaveLength(1);
  });

  test("are requeued by id or strategy, due at once with fresh attempts and the next epoch", async () => {
    await bury("crm", ["a", "b"]);
    await bury("erp", ["c"], "held");
    await claimsOf("erp", ["alive"]);
    const { items } = await backlog.deadLetters({}, never);
    expect(await backlog.requeue({ ids: [items[0]?.id ?? "", "999999"] }, never)).toBe(1);
    expect(await backlog.requeue({ strategy: "erp" }, never)).toBe(1);
    const demands = ["crm", "erp"].map((strategy) => ({ strategy, count: 9, strict: false }));
    expect(await poller.claim(demands, leaseOf(), never)).toMatchObject([
      { key: "a", epoch: 1, attempts: 0 },
      { key: "c", epoch: 1, attempts: 0 },
    ]);
    expect((await backlog.deadLetters({}, never)).items).toMatchObject([{ key: "b", epoch: 0 }]);
  });

  test("are discarded, and nothing else is", async () => {
    await bury("crm", ["a", "b"]);
    const [alive] = await claimsOf("crm", ["alive"]);
    const { items } = await backlog.deadLetters({}, never);
    expect(await backlog.discard({ ids: [items[1]?.id ?? "", alive?.id ?? ""] }, never)).toBe(1);
    expect(await backlog.discard({ strategy: "crm" }, never)).toBe(1);
    expect(await column(pool, "SELECT key FROM syncline.delivery")).toEqual(["alive"]);
  });

  test("with ids that are none are refused, all named at once", async () => {
    await expect(backlog.requeue({ ids: ["1", "x", "1; DROP"] }, never)).rejects.toMatchObject({
      code: "config.invalid",
      problems: [{ at: "ids[1]" }, { at: "ids[2]" }],
    });
    await expect(backlog.deadLetters({ after: "x" }, never)).rejects.toMatchObject({ code: "config.invalid" });
  });
});

describe("backfill", () => {
  const order = { name: "order", fields: { orderId: "bigint" } } as const;

  test("records given changes for one strategy alone", async () => {
    const changes = [`{"orderId":"1"}`, `{"orderId":"2"}`].map((key, index) => ({
      category: "order",
      condition: {},
      key,
      operation: index === 0 ? ("upsert" as const) : ("delete" as const),
    }));
    expect(await backlog.backfill({ strategy: "crm", changes }, never)).toBe(2);
    expect(await backlog.backfill({ strategy: "crm", changes: [] }, never)).toBe(0);
    const route = routeTo("crm");
    await poller.dispatch(10, route, never);
    expect(route.seen).toMatchObject([
      { category: "order", condition: `{"orderId":"1"}`, operation: "upsert", strategy: "crm" },
      { category: "order", condition: `{"orderId":"2"}`, operation: "delete", strategy: "crm" },
    ]);
  });

  test("records the keys that a query yields, of every type without loss", async () => {
    await pool.query(
      "INSERT INTO orders VALUES (9007199254740993, 'O''Neil \"x\"', '2026-01-02T03:04:05.678901Z', '2026-02-03', 1.10, '0F8FAD5B-D9CB-469F-A165-70867728950E', true)",
    );
    const fields = {
      id: "bigint",
      note: "string",
      at: "timestamp",
      day: "date",
      price: "decimal",
      code: "uuid",
      ok: "boolean",
    } as const;
    const [database] = await column(pool, "SELECT quote_ident(current_database())");
    await pool.query(`ALTER DATABASE ${database} SET DateStyle = 'SQL, DMY'`);
    await pool.query(`ALTER DATABASE ${database} SET TimeZone = 'Asia/Tokyo'`);
    const other = openSession({ connectionString: url });
    const category = { name: "everything", fields };
    const keys = "SELECT * FROM orders";
    expect(await other.backlog.backfill({ strategy: "crm", category, keys }, never)).toBe(1);
    await pool.query(`ALTER DATABASE ${database} RESET ALL`);
    const [text] = await column(pool, "SELECT condition FROM syncline.change");
    expect(text).toContain('"id": 9007199254740993');
    expect(text).toContain('"price": 1.10');
    expect(text).toContain('"day": "2026-02-03"');
    expect(text).toContain(`"note": "O'Neil \\"x\\""`);
    expect(text).toMatch(/"at": "2026-01-02T12:04:05\.678901[+]09:00"/);
    expect(text).toContain('"code": "0f8fad5b-d9cb-469f-a165-70867728950e"');
    expect(text).toContain('"ok": true');
  });

  test("runs the query with the login's own settings, whatever reads keep on the connection", async () => {
    const [database] = await column(pool, "SELECT quote_ident(current_database())");
    await pool.query(`ALTER DATABASE ${database} SET TimeZone = 'Asia/Tokyo'`);
    const { backlog, queryRunner } = openSession({ connectionString: url, max: 1 });
    const limits = { timeoutMs: 10_000, maxRows: 10, numbers: "string" } as const;
    const read = { text: "SELECT current_setting('TimeZone')", parameters: [] };
    const [result] = await queryRunner.run([read], limits, never);
    await pool.query(`ALTER DATABASE ${database} RESET ALL`);
    const category = { name: "zone", fields: { zone: "string" } } as const;
    await backlog.backfill({ strategy: "crm", category, keys: `SELECT current_setting('TimeZone') AS zone` }, never);
    expect(result?.rows).toEqual([["UTC"]]);
    expect(await column(pool, "SELECT condition FROM syncline.change")).toEqual([`{"zone": "Asia/Tokyo"}`]);
  });

  test("takes a query that ends in a semicolon or a comment", async () => {
    await pool.query("INSERT INTO orders (id) VALUES (1), (2)");
    for (const keys of [`SELECT id AS "orderId" FROM orders;`, `SELECT id AS "orderId" FROM orders -- all`]) {
      expect(await backlog.backfill({ strategy: "crm", category: order, keys }, never)).toBe(2);
    }
  });

  test.each([
    ["has no such column", "SELECT id FROM orders", "query.invalid"],
    ["is no SQL", "SELEC", "query.invalid"],
    ["is two statements", `SELECT id AS "orderId" FROM orders; DELETE FROM orders`, "query.invalid"],
    ["writes", `WITH gone AS (DELETE FROM orders RETURNING id) SELECT id AS "orderId" FROM gone`, "query.invalid"],
    ["divides by zero", `SELECT id / 0 AS "orderId" FROM orders`, "query.data"],
    ["yields a row without a key", `SELECT nullif(id, 2) AS "orderId" FROM orders`, "query.data"],
  ])("refuses a query that %s, and records nothing", async (_, keys, code) => {
    await pool.query("INSERT INTO orders (id) VALUES (1), (2)");
    await expect(backlog.backfill({ strategy: "crm", category: order, keys }, never)).rejects.toMatchObject({ code });
    expect(await column(pool, "SELECT id FROM syncline.change")).toEqual([]);
    expect(await column(pool, "SELECT count(*) FROM orders")).toEqual(["2"]);
  });
});
