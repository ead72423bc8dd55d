import type { DatabaseSession } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { accepted, column, leaseOf, never, openPool, openSession, recordTexts, routeTo } from "./testing/session.ts";

const url = await testDatabase();
const pool = openPool(url);
const session = openSession({ connectionString: named(url, "victim"), max: 4 });
const { poller, backlog, migrate, strategyStore } = session;

beforeAll(() => migrate(never));
beforeEach(async () => {
  await pool.query("TRUNCATE syncline.change, syncline.delivery, syncline.refused, syncline.pause");
});

function named(base: string, name: string): string {
  const changed = new URL(base);
  changed.searchParams.set("application_name", name);
  return changed.href;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

const own = "datname = current_database() AND pid <> pg_backend_pid() AND application_name IN ('victim', 'syncline')";

/** Ends the adapter's connections, idle or not. */
function terminate(where = own): Promise<readonly string[]> {
  return column(pool, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${where}`);
}

/** Holds every row of a table so that the adapter waits for it, ends its connection there, and lets go. */
async function terminatedWhileWaiting(lock: string, operation: () => Promise<unknown>): Promise<unknown> {
  const holder = await pool.connect();
  await holder.query(`BEGIN; ${lock}`);
  const outcome = operation().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await until(async () => (await terminate(`${own} AND wait_event_type = 'Lock'`)).length > 0);
  const result = await outcome;
  await holder.query("ROLLBACK");
  holder.release();
  return "error" in result ? result.error : undefined;
}

async function oneClaim() {
  await recordTexts(pool, ["k"]);
  const { claims } = await poller.dispatch(10, routeTo("crm", { lease: leaseOf() }), never);
  return claims;
}

const unavailable = { code: "database.unavailable", retryable: true };

describe("a connection that is lost", () => {
  test("while idle is replaced, and nothing is seen of it", async () => {
    await oneClaim();
    for (let round = 0; round < 3; round++) {
      await terminate();
      await until(async () => (await column(pool, `SELECT pid FROM pg_stat_activity WHERE ${own}`)).length === 0);
      await until(async () => {
        try {
          return (await backlog.status(never)).strategies.length === 1;
        } catch (error) {
          expect(error).toMatchObject(unavailable);
          return false;
        }
      });
    }
  });

  test("during dispatch puts everything back", async () => {
    await recordTexts(pool, ["k"]);
    const error = await terminatedWhileWaiting("LOCK TABLE syncline.delivery", () =>
      poller.dispatch(10, routeTo("crm"), never),
    );
    expect(error).toMatchObject(unavailable);
    expect(await column(pool, "SELECT condition FROM syncline.change")).toEqual(["k"]);
    expect(await poller.dispatch(10, routeTo("crm"), never)).toMatchObject({ status: "done", inserted: 1 });
  });

  test("during claim leases nothing", async () => {
    await recordTexts(pool, ["k"]);
    await poller.dispatch(10, routeTo("crm"), never);
    const claim = () => poller.claim([{ strategy: "crm", count: 1, strict: false }], leaseOf(), never);
    expect(await terminatedWhileWaiting("LOCK TABLE syncline.delivery", claim)).toMatchObject(unavailable);
    expect(await claim()).toMatchObject([{ key: "k", attempts: 0 }]);
  });

  test("during renew and settle changes nothing, and both work afterwards", async () => {
    const claims = await oneClaim();
    const lock = "SELECT FROM syncline.delivery FOR UPDATE";
    expect(await terminatedWhileWaiting(lock, () => poller.renew(claims, 60_000))).toMatchObject(unavailable);
    expect(await terminatedWhileWaiting(lock, () => poller.settle(accepted(claims)))).toMatchObject(unavailable);
    expect(await poller.renew(claims, 60_000)).toEqual(claims.map((claim) => claim.id));
    expect(await poller.settle(accepted(claims))).toEqual(["applied"]);
  });

  test.each<[string, (from: DatabaseSession) => Promise<unknown>]>([
    ["status", (from) => from.backlog.status(never)],
    ["pause", (from) => from.backlog.pause("crm", never)],
    [
      "backfill",
      (from) =>
        from.backlog.backfill(
          {
            strategy: "crm",
            category: { name: "c", fields: { id: "bigint" } },
            keys: "SELECT id FROM syncline.change",
          },
          never,
        ),
    ],
    ["load", (from) => from.strategyStore?.load(never) ?? Promise.reject(new Error("no strategy store"))],
    ["checkSchema", (from) => from.checkSchema(never)],
  ])("during %s is reported, and the next call works", async (_, operation) => {
    const lock =
      "LOCK TABLE syncline.pause, syncline.change, syncline.dispatcher, syncline.migration IN ACCESS EXCLUSIVE MODE";
    expect(await terminatedWhileWaiting(lock, () => operation(session))).toMatchObject(unavailable);
    await operation(session);
  });
});

describe("a server that is not there", () => {
  test("is reported as unavailable, whatever is asked of it", async () => {
    const gone = openSession({ connectionString: "postgres://nobody@127.0.0.1:1/none" });
    await expect(gone.poller.dispatch(1, routeTo("crm"), never)).rejects.toMatchObject(unavailable);
    await expect(gone.poller.renew(await oneClaim(), 1)).rejects.toMatchObject(unavailable);
    await expect(gone.checkSchema(never)).rejects.toMatchObject(unavailable);
    await expect(gone.migrate(never)).rejects.toMatchObject(unavailable);
  });
});

describe("an aborted operation", () => {
  test("does not begin", async () => {
    await recordTexts(pool, ["k"]);
    const aborted = AbortSignal.abort();
    const error = { code: "operation.aborted" };
    await expect(poller.dispatch(1, routeTo("crm"), aborted)).rejects.toMatchObject(error);
    await expect(
      poller.claim([{ strategy: "crm", count: 1, strict: false }], leaseOf(), aborted),
    ).rejects.toMatchObject(error);
    await expect(backlog.status(aborted)).rejects.toMatchObject(error);
    await expect(strategyStore?.load(aborted)).rejects.toMatchObject(error);
    expect(await column(pool, "SELECT condition FROM syncline.change")).toEqual(["k"]);
  });

  test("ends while it waits for a connection, and the connection is not lost to others", async () => {
    const single = new pg.Pool({ connectionString: url, max: 1 });
    const waiting = openSession({ pool: single });
    const held = await single.connect();
    const stop = new AbortController();
    const status = waiting.backlog.status(stop.signal);
    stop.abort();
    await expect(status).rejects.toMatchObject({ code: "operation.aborted" });
    held.release();
    expect(await waiting.backlog.status(never)).toMatchObject({ changes: 0 });
    await single.end();
  });

  test("ends while its statement waits, and nothing was changed", async () => {
    await recordTexts(pool, ["k"]);
    const holder = await pool.connect();
    await holder.query("BEGIN; LOCK TABLE syncline.delivery");
    const stop = new AbortController();
    const dispatching = poller.dispatch(1, routeTo("crm"), stop.signal);
    const waiting = `SELECT pid FROM pg_stat_activity WHERE ${own} AND wait_event_type = 'Lock'`;
    await until(async () => (await column(pool, waiting)).length > 0);
    stop.abort();
    await expect(dispatching).rejects.toMatchObject({ code: "operation.aborted" });
    await holder.query("ROLLBACK");
    holder.release();
    await until(async () => (await poller.dispatch(1, routeTo("crm"), never)).taken === 1);
  });
});

test("a pool of the application is left open, and no listener stays on it", async () => {
  const owned = new pg.Pool({ connectionString: url, max: 2 });
  const { postgres } = await import("./adapter.ts");
  const quiet = () => {};
  const borrowed = postgres({ pool: owned }).open({ log: { debug: quiet, info: quiet, warn: quiet, error: quiet } });
  await borrowed.backlog.status(never);
  expect(owned.listenerCount("error")).toBeGreaterThan(0);
  await borrowed.close();
  expect(owned.listenerCount("error")).toBe(0);
  expect((await owned.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  // end() does not wait for the sockets, and the server may end a connection that is still closing.
  owned.on("error", () => {});
  await owned.end();
});
