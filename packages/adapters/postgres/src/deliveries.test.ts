import type { Claim, Demand, Failure } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { accepted, column, leaseOf, never, openPool, openSession, recordTexts, routeTo } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const { poller, migrate, backlog } = openSession({ connectionString: url });

beforeAll(() => migrate(never));
beforeEach(async () => {
  await pool.query("TRUNCATE syncline.change, syncline.delivery, syncline.refused, syncline.pause");
});

const failure: Failure = { kind: "rejected", code: "http.422", message: "no\u0000thing", effect: "no" };

async function fold(keys: readonly string[], strategy = "crm", extra: Parameters<typeof routeTo>[1] = {}) {
  await recordTexts(pool, keys);
  // One more than there are: what fills a dispatch is taken for a flood, with a place of its own.
  return poller.dispatch(keys.length + 1, routeTo(strategy, extra), never);
}

function claim(count = 10, lease = leaseOf(), demand: Partial<Demand> = {}) {
  return poller.claim([{ strategy: "crm", count, strict: false, ...demand }], lease, never);
}

async function claimOne(lease = leaseOf()): Promise<Claim> {
  const [only, ...others] = await claim(10, lease);
  if (only === undefined || others.length > 0) throw new Error(`${others.length + 1} claims instead of one`);
  return only;
}

const lapse = () => pool.query("UPDATE syncline.delivery SET due_at = clock_timestamp() - interval '1 second'");
const keysOf = (claims: readonly Claim[]) => claims.map((each) => each.key);

describe("a change to a key that has a delivery", () => {
  test("draws a higher revision, whatever the order of the changes' ids", async () => {
    const late = await pool.connect();
    await late.query("BEGIN");
    await late.query("INSERT INTO syncline.change (category, condition) VALUES ('order', 'k')");
    await fold(["k"]);
    const first = await claimOne();
    await late.query("COMMIT");
    late.release();
    expect(await poller.dispatch(10, routeTo("crm"), never)).toMatchObject({ inserted: 0, folded: 1 });
    expect(await poller.settle(accepted([first]))).toEqual(["again"]);
    const second = await claimOne();
    expect(BigInt(second.revision)).toBeGreaterThan(BigInt(first.revision));
    expect(second).toMatchObject({ id: first.id, attempts: 0 });
    expect(await poller.settle(accepted([second]))).toEqual(["applied"]);
  });

  test("leaves a lease alone", async () => {
    await fold(["k"]);
    const first = await claimOne();
    await fold(["k"]);
    expect(await claim()).toEqual([]);
    expect(await poller.renew([first], 60_000)).toEqual([first.id]);
  });

  test("leaves a back-off alone, also of a strategy with a quiet window", async () => {
    await fold(["k"]);
    await poller.settle([{ result: "released", claim: await claimOne(), delayMs: 3_600_000 }]);
    const due = () => column(pool, "SELECT due_at FROM syncline.delivery");
    const before = await due();
    await fold(["k"], "crm", { debounce: { quietMs: 60_000, maxMs: 120_000 } });
    expect(await due()).toEqual(before);
  });

  test("keeps the newest hint and the oldest time", async () => {
    await fold(["k"], "crm", { operation: "upsert", firstRecordedAt: 2_000 });
    await fold(["k"], "crm", { operation: "delete", firstRecordedAt: 3_000 });
    expect(await claimOne()).toMatchObject({ operation: "delete", firstRecordedAt: 2_000 });
    await fold(["k"], "crm", { operation: "upsert", firstRecordedAt: 1_000 });
    await lapse();
    expect(await claimOne()).toMatchObject({ operation: "upsert", firstRecordedAt: 1_000 });
  });

  test("revives a dead letter with fresh attempts, due at once", async () => {
    await fold(["k"]);
    await poller.settle([{ result: "dead", claim: await claimOne(), failure }]);
    expect(await claim()).toEqual([]);
    await fold(["k"]);
    expect(await claimOne()).toMatchObject({ attempts: 0, epoch: 0 });
    expect((await backlog.deadLetters({}, never)).items).toEqual([]);
  });

  test("leaves what is held for a person held", async () => {
    await fold(["k"]);
    await poller.settle([{ result: "held", claim: await claimOne(), failure }]);
    await fold(["k"]);
    expect(await claim()).toEqual([]);
    expect((await backlog.deadLetters({}, never)).items).toMatchObject([{ key: "k", state: "held" }]);
  });
});

describe("a quiet window", () => {
  const dueIn = async () =>
    Number((await column(pool, "SELECT extract(epoch FROM due_at - now()) FROM syncline.delivery"))[0]);

  test("holds a new delivery back, and a further change puts it off", async () => {
    const debounce = { quietMs: 100_000, maxMs: 500_000 };
    await fold(["k"], "crm", { debounce });
    await pool.query("UPDATE syncline.delivery SET due_at = due_at - interval '90 seconds'");
    expect(await dueIn()).toBeLessThan(20);
    await fold(["k"], "crm", { debounce });
    expect(await dueIn()).toBeGreaterThan(80);
  });

  test("never longer than its maximum after the first change", async () => {
    const debounce = { quietMs: 100_000, maxMs: 150_000 };
    const firstRecordedAt = Date.now() - 120_000;
    await fold(["k"], "crm", { debounce, firstRecordedAt });
    expect(await dueIn()).toBeLessThan(40);
    await fold(["k"], "crm", { debounce });
    expect(await dueIn()).toBeLessThan(40);
  });

  test("counts from the oldest change, also if that one comes late", async () => {
    const debounce = { quietMs: 100_000, maxMs: 150_000 };
    await fold(["k"], "crm", { debounce });
    await fold(["k"], "crm", { debounce, firstRecordedAt: Date.now() - 149_000 });
    expect(await dueIn()).toBeLessThan(10);
  });

  test("is over once a delivery is due", async () => {
    const debounce = { quietMs: 100_000, maxMs: 500_000 };
    await fold(["k"], "crm", { debounce });
    await lapse();
    await fold(["k"], "crm", { debounce });
    expect(await claimOne()).toMatchObject({ attempts: 0 });
  });
});

describe("claim", () => {
  test("leases what is due, oldest due first and no more than asked for", async () => {
    for (const key of ["a", "b", "c"]) await fold([key]);
    expect(keysOf(await claim(2))).toEqual(["a", "b"]);
    expect(keysOf(await claim(2))).toEqual(["c"]);
    expect(await claim(2)).toEqual([]);
  });

  test("serves all demands in one statement, each up to its own count", async () => {
    await fold(["a", "b", "c"], "one");
    await fold(["a", "b", "c"], "two");
    await fold(["a"], "unasked");
    const demands = [
      { strategy: "one", count: 2, strict: false },
      { strategy: "two", count: 1, strict: true },
      { strategy: "none", count: 5, strict: false },
    ];
    const claims = await poller.claim(demands, leaseOf(), never);
    expect(claims.map((each) => each.strategy).sort()).toEqual(["one", "one", "two"]);
  });

  test("never gives one delivery to two workers, nor more than asked for, with many claiming at once", async () => {
    await fold(Array.from({ length: 300 }, (_, index) => `k${index}`));
    const batches = await Promise.all(Array.from({ length: 40 }, () => claim(10)));
    expect(batches.every((batch) => batch.length <= 10)).toBe(true);
    const rest: Claim[] = [];
    for (let batch = await claim(10); batch.length > 0; batch = await claim(10)) rest.push(...batch);
    const all = keysOf([...batches.flat(), ...rest]);
    expect(all).toHaveLength(300);
    expect(new Set(all).size).toBe(300);
  });

  test("takes over a lease that lapsed, and counts it", async () => {
    await fold(["k"]);
    const first = await claimOne();
    await lapse();
    const second = await claimOne();
    expect(second).toMatchObject({ id: first.id, attempts: 1 });
    expect(await poller.renew([first, second], 60_000)).toEqual([second.id]);
    expect(await poller.settle(accepted([first]))).toEqual(["late"]);
    expect(await poller.settle(accepted([second]))).toEqual(["applied"]);
  });

  test("of a key whose changes go out one by one yields only the lowest ordinal", async () => {
    await fold(["a", "a", "b", "a"], "crm", { strict: true });
    const strict = () => claim(10, leaseOf(), { strict: true });
    const first = await strict();
    expect(keysOf(first).sort()).toEqual(["a", "b"]);
    expect(await strict()).toEqual([]);
    await poller.settle(first.map((each) => ({ result: "retry", claim: each, delayMs: 3_600_000, failure })));
    expect(await strict()).toEqual([]);
    await lapse();
    const again = await strict();
    expect(again.map((each) => each.ordinal).sort()).toEqual(first.map((each) => each.ordinal).sort());
    await poller.settle(accepted(again));
    const next = await strict();
    expect(keysOf(next)).toEqual(["a"]);
    await poller.settle([{ result: "dead", claim: next[0] as Claim, failure }]);
    expect(await strict()).toEqual([]);
    await backlog.discard({ strategy: "crm" }, never);
    expect(keysOf(await strict())).toEqual(["a"]);
  });

  test("puts what is committed late behind what was dispatched before it, though its change has a lower id", async () => {
    const late = await pool.connect();
    await late.query("BEGIN");
    await late.query("INSERT INTO syncline.change (category, condition) VALUES ('order', 'k')");
    await fold(["k"], "crm", { strict: true });
    const [first] = await claim(10, leaseOf(), { strict: true });
    await late.query("COMMIT");
    late.release();
    await poller.dispatch(10, routeTo("crm", { strict: true }), never);
    expect(await claim(10, leaseOf(), { strict: true })).toEqual([]);
    await poller.settle(accepted([first as Claim]));
    const [second] = await claim(10, leaseOf(), { strict: true });
    expect(BigInt(second?.revision ?? 0)).toBeGreaterThan(BigInt(first?.revision ?? 0));
  });
});

describe("settle", () => {
  test("answers each settlement in the order given, in one go", async () => {
    const keys = ["z", "a", "m", "again", "late", "q"];
    await fold(keys);
    const claims = new Map((await claim()).map((each) => [each.key, each]));
    const of = (key: string) => claims.get(key) as Claim;
    await fold(["again", "a"]);
    const effects = await poller.settle([
      { result: "dead", claim: of("z"), failure },
      { result: "released", claim: of("a"), delayMs: 0 },
      { result: "accepted", claim: of("m") },
      { result: "accepted", claim: of("again") },
      { result: "accepted", claim: { ...of("late"), token: crypto.randomUUID() } },
      { result: "retry", claim: of("q"), delayMs: 3_600_000, failure },
    ]);
    expect(effects).toEqual(["applied", "applied", "applied", "again", "late", "applied"]);
    expect(
      await column(pool, "SELECT key || ' ' || state || ' ' || attempts FROM syncline.delivery ORDER BY key"),
    ).toEqual(["a pending 0", "again pending 0", "late pending 0", "q pending 1", "z dead 1"]);
    expect(keysOf(await claim()).sort()).toEqual(["a", "again"]);
  });

  test("twice is late the second time, and after a renewal by nobody", async () => {
    await fold(["k"]);
    const only = await claimOne();
    expect(await poller.settle(accepted([only]))).toEqual(["applied"]);
    expect(await poller.settle(accepted([only]))).toEqual(["late"]);
    expect(await poller.settle([{ result: "dead", claim: only, failure }])).toEqual(["late"]);
    expect(await poller.renew([only], 1_000)).toEqual([]);
  });

  test("of what has failed before, once accepted with newer changes, starts afresh", async () => {
    await fold(["k"], "crm", { firstRecordedAt: 1_000 });
    await poller.settle([{ result: "retry", claim: await claimOne(), delayMs: 0, failure }]);
    const second = await claimOne();
    expect(second).toMatchObject({ attempts: 1, firstRecordedAt: 1_000 });
    await fold(["k"]);
    expect(await poller.settle(accepted([second]))).toEqual(["again"]);
    const third = await claimOne();
    expect(third.attempts).toBe(0);
    expect(third.firstRecordedAt).toBeGreaterThan(Date.now() - 60_000);
  });

  test.each(["settle", "settleMixed"])("sees a fold that commits while it waits for the row (%s)", async (kind) => {
    await fold(["k", "other"]);
    const claims = await claim();
    const only = claims.find((each) => each.key === "k") as Claim;
    const other = claims.find((each) => each.key === "other") as Claim;
    const folding = await pool.connect();
    await folding.query("BEGIN");
    await folding.query("UPDATE syncline.delivery SET revision = revision + 1000 WHERE key = 'k'");
    const settling = poller.settle([
      { result: "accepted", claim: only },
      kind === "settle" ? { result: "accepted", claim: other } : { result: "released", claim: other, delayMs: 0 },
    ]);
    await waitingForALock();
    await folding.query("COMMIT");
    folding.release();
    expect(await settling).toEqual(["again", "applied"]);
    expect(keysOf(await claim())).toContain("k");
  });

  test("a thousand at once, and seventy thousand", async () => {
    const keys = Array.from({ length: 70_000 }, (_, index) => `{"orderId":"${index}"}`);
    const result = await fold(keys, "crm", { lease: leaseOf() });
    expect(result).toMatchObject({ taken: 70_000, inserted: 70_000 });
    expect(result.claims).toHaveLength(70_000);
    const thousand = result.claims.slice(0, 1_000);
    expect(await poller.renew(thousand, 60_000)).toHaveLength(1_000);
    expect(new Set(await poller.settle(accepted(thousand)))).toEqual(new Set(["applied"]));
    expect(new Set(await poller.settle(accepted(result.claims.slice(1_000))))).toEqual(new Set(["applied"]));
    expect(await column(pool, "SELECT count(*) FROM syncline.delivery")).toEqual(["0"]);
  }, 60_000);
});

/** Until somebody in this database waits for a lock. */
async function waitingForALock(): Promise<void> {
  const waiting =
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
  while ((await column(pool, waiting))[0] === "0") await new Promise((resolve) => setTimeout(resolve, 5));
}
