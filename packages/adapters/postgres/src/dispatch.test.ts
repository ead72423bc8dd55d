import type { RecordedChange } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { takeChanges } from "./sql/take-changes.ts";
import { accepted, column, leaseOf, never, openPool, openSession, recordTexts, routeTo } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const { poller, migrate, backlog } = openSession({ connectionString: url });

beforeAll(() => migrate(never));
beforeEach(async () => {
  await pool.query("TRUNCATE syncline.change, syncline.delivery, syncline.refused, syncline.pause");
});

describe("dispatch takes changes", () => {
  test("oldest first and at most as many as asked for, and deletes exactly those", async () => {
    await recordTexts(pool, ["a", "b", "c"]);
    const route = routeTo("crm");
    const result = await poller.dispatch(2, route, never);
    expect(result).toMatchObject({ status: "done", taken: 2, inserted: 2, folded: 0, claims: [] });
    expect(route.seen.map((change) => change.condition)).toEqual(["a", "b"]);
    expect(await column(pool, "SELECT condition FROM syncline.change")).toEqual(["c"]);
  });

  test("with all that was recorded about them", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await pool.query(
      `INSERT INTO syncline.change (category, condition, operation, strategy, recorded_at, traceparent)
       VALUES ($1, $2, 'delete', 'only', $3, $4)`,
      ["größe", `{"name":"O'Neil \\"x\\" 🚲"}`, "2026-01-02T03:04:05.678Z", traceparent],
    );
    const route = routeTo("crm");
    await poller.dispatch(10, route, never);
    expect(route.seen).toEqual([
      {
        id: expect.stringMatching(/^\d+$/),
        category: "größe",
        condition: `{"name":"O'Neil \\"x\\" 🚲"}`,
        operation: "delete",
        strategy: "only",
        recordedAt: Date.parse("2026-01-02T03:04:05.678Z"),
        traceparent,
      },
    ]);
  });

  test("and finds nothing where there is nothing", async () => {
    expect(await poller.dispatch(10, routeTo("crm"), never)).toEqual({
      status: "done",
      taken: 0,
      inserted: 0,
      folded: 0,
      claims: [],
    });
  });

  test("only within the transaction that was begun for them: were BEGIN to fail, what goes out with it must do nothing", async () => {
    await recordTexts(pool, ["a"]);
    const { text: take } = takeChanges("syncline");
    await expect(pool.query(take, [10, 0])).rejects.toThrow("syncline.begun");
    expect(await column(pool, "SELECT condition FROM syncline.change")).toEqual(["a"]);
  });

  test("that no strategy wants without a trace", async () => {
    await recordTexts(pool, ["a"]);
    const result = await poller.dispatch(10, () => ({ deliveries: [], refused: [] }), never);
    expect(result).toMatchObject({ status: "done", taken: 1, inserted: 0 });
    expect(await column(pool, "SELECT id FROM syncline.change UNION ALL SELECT id FROM syncline.delivery")).toEqual([]);
  });

  test("never waiting for a transaction that is still recording, whose lower id is dispatched later", async () => {
    const client = await pool.connect();
    await client.query("BEGIN");
    await client.query("INSERT INTO syncline.change (category, condition) VALUES ('order', 'late')");
    await recordTexts(pool, ["early"]);
    expect(await poller.dispatch(10, routeTo("crm"), never)).toMatchObject({ taken: 1 });
    await client.query("COMMIT");
    client.release();
    const route = routeTo("crm");
    expect(await poller.dispatch(10, route, never)).toMatchObject({ taken: 1 });
    expect(route.seen.map((change) => change.condition)).toEqual(["late"]);
  });

  test("unless another worker is dispatching: then it is busy and takes nothing", async () => {
    await recordTexts(pool, ["a"]);
    const other = await pool.connect();
    await other.query("BEGIN; SELECT FROM syncline.dispatcher FOR UPDATE");
    expect(await poller.dispatch(10, routeTo("crm"), never)).toMatchObject({ status: "busy", taken: 0 });
    await other.query("ROLLBACK");
    other.release();
    expect(await poller.dispatch(10, routeTo("crm"), never)).toMatchObject({ status: "done", taken: 1 });
  });

  test("and puts all back when the strategies are out of date", async () => {
    await recordTexts(pool, ["a", "b"]);
    expect(await poller.dispatch(10, () => undefined, never)).toMatchObject({ status: "stale", taken: 0 });
    expect(await column(pool, "SELECT condition FROM syncline.change ORDER BY id")).toEqual(["a", "b"]);
  });

  test("and puts all back when routing throws", async () => {
    await recordTexts(pool, ["a"]);
    const failing = () => {
      throw new TypeError("a bug");
    };
    await expect(poller.dispatch(10, failing, never)).rejects.toMatchObject({ code: "database.failed" });
    expect(await column(pool, "SELECT condition FROM syncline.change")).toEqual(["a"]);
  });

  test("and tells routing the revision of the strategies, which every edit raises in its own transaction", async () => {
    const revisions: (string | undefined)[] = [];
    const look = async () => {
      await recordTexts(pool, ["a"]);
      await poller.dispatch(10, (_, revision) => void revisions.push(revision), never);
      await pool.query("TRUNCATE syncline.change");
    };
    await look();
    await pool.query("INSERT INTO syncline.strategy (name, definition) VALUES ('s', '{}')");
    await look();
    await pool.query("UPDATE syncline.strategy SET enabled = false");
    await look();
    await pool.query("DELETE FROM syncline.strategy");
    await look();
    const first = Number(revisions[0]);
    expect(revisions.map(Number)).toEqual([first, first + 1, first + 2, first + 3]);
  });

  test("not at all while a strategy is being edited, so that what the edit records itself is routed with it", async () => {
    await recordTexts(pool, ["a"]);
    const editor = await pool.connect();
    await editor.query("BEGIN; INSERT INTO syncline.strategy (name, definition) VALUES ('s', '{}')");
    expect(await poller.dispatch(10, routeTo("crm"), never)).toMatchObject({ status: "busy" });
    await editor.query("ROLLBACK");
    editor.release();
  });

  test("and keeps the refused apart until they are readmitted", async () => {
    await recordTexts(pool, ["fits", "{'", "{\u00e9"], "order");
    const refuse = (changes: readonly RecordedChange[]) => ({
      deliveries: [],
      refused: changes.slice(1).map((change) => ({ change, reason: "it isn't JSON\u0000" })),
    });
    expect(await poller.dispatch(10, refuse, never)).toMatchObject({ taken: 3 });
    expect(await column(pool, "SELECT condition FROM syncline.refused ORDER BY id")).toEqual(["{'", "{é"]);
    expect(await column(pool, "SELECT reason FROM syncline.refused LIMIT 1")).toEqual(["it isn't JSON\\u{0}"]);
    expect((await backlog.status(never)).refused).toBe(2);
    expect(await backlog.readmit(["other"], never)).toBe(0);
    expect(await backlog.readmit(["order"], never)).toBe(2);
    const route = routeTo("crm");
    await poller.dispatch(10, route, never);
    expect(route.seen.map((change) => change.condition)).toEqual(["{'", "{é"]);
  });
});

describe("dispatch leases what it inserts", () => {
  test("so that nobody else claims it, and the claim settles", async () => {
    await recordTexts(pool, ["b", "a", "ü", "😀", "\uffee", `"\\,{}'`]);
    const lease = leaseOf();
    const { claims } = await poller.dispatch(10, routeTo("crm", { lease }), never);
    expect(claims.map((claim) => claim.key).sort()).toEqual(["a", "b", "ü", "😀", "\uffee", `"\\,{}'`].sort());
    expect(claims.every((claim) => claim.token === lease.token && claim.attempts === 0 && claim.epoch === 0)).toBe(
      true,
    );
    const rows = await column(pool, "SELECT id || ' ' || revision || ' ' || key FROM syncline.delivery");
    expect(claims.map((claim) => `${claim.id} ${claim.revision} ${claim.key}`).sort()).toEqual([...rows].sort());
    expect(await poller.claim([{ strategy: "crm", count: 10, strict: false }], leaseOf(), never)).toEqual([]);
    expect(new Set(await poller.settle(accepted(claims)))).toEqual(new Set(["applied"]));
    expect(await column(pool, "SELECT key FROM syncline.delivery")).toEqual([]);
  });

  test("but not if the strategy is paused", async () => {
    await backlog.pause("crm", never);
    await recordTexts(pool, ["a"]);
    expect(await poller.dispatch(10, routeTo("crm", { lease: leaseOf() }), never)).toMatchObject({
      inserted: 1,
      claims: [],
    });
    const claim = () => poller.claim([{ strategy: "crm", count: 10, strict: false }], leaseOf(), never);
    expect(await claim()).toEqual([]);
    await backlog.resume("crm", never);
    expect(await claim()).toHaveLength(1);
  });

  test("but not if it was there", async () => {
    await recordTexts(pool, ["a"]);
    await poller.dispatch(10, routeTo("crm"), never);
    await recordTexts(pool, ["a"]);
    expect(await poller.dispatch(10, routeTo("crm", { lease: leaseOf() }), never)).toMatchObject({
      inserted: 0,
      folded: 1,
      claims: [],
    });
  });

  test("but not if it must be quiet first", async () => {
    await recordTexts(pool, ["a"]);
    const route = routeTo("crm", { lease: leaseOf(), debounce: { quietMs: 60_000, maxMs: 120_000 } });
    expect((await poller.dispatch(10, route, never)).claims).toEqual([]);
    expect(await poller.claim([{ strategy: "crm", count: 10, strict: false }], leaseOf(), never)).toEqual([]);
  });

  test("and of a key whose changes go out one by one only the lowest, while there is no other", async () => {
    await recordTexts(pool, ["a", "b", "a"]);
    const first = await poller.dispatch(10, routeTo("crm", { strict: true, lease: leaseOf() }), never);
    expect(first).toMatchObject({ inserted: 3 });
    expect(first.claims.map((claim) => claim.key)).toEqual(["a", "b"]);
    expect(BigInt(first.claims[0]?.ordinal ?? 0)).toBeLessThan(BigInt(first.claims[1]?.ordinal ?? 0));
    await recordTexts(pool, ["a", "c"]);
    const second = await poller.dispatch(10, routeTo("crm", { strict: true, lease: leaseOf() }), never);
    expect(second.claims.map((claim) => claim.key)).toEqual(["c"]);
  });
});
