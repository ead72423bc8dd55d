import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../../packages/testkit/src/history/random.ts";
import { Downstream } from "../../harness/downstream.ts";
import { waitFor } from "../../harness/wait-for.ts";
import { facts } from "../shop.ts";
import { failingStatements } from "./database-faults.ts";
import type { Fault, FaultContext } from "./fault.ts";
import { countByKind, wreakHavoc } from "./scheduler.ts";
import { startWorld } from "./world.ts";

/** As the shop's strategies want it said. */
const ok = { status: 200, body: { status: "OK" } };
const downstream = await Downstream.start();
downstream.behave = () => ok;
const world = await startWorld({ workers: 2, leaseMs: 1_500, downstreamUrl: downstream.url, database: "own" });
const { adminUrl, workers, faults, proxy } = world;
const shop = new pg.Pool({ connectionString: adminUrl, max: 3 });
shop.on("error", () => {});
shop.on("connect", (client) => client.on("error", () => {}));
afterAll(async () => {
  await shop.end();
  await world.close();
});

const context = (seed: string): FaultContext => ({
  adminUrl,
  random: seededRandom(seed),
  workers,
  signal: new AbortController().signal,
});

function fault(name: string): Fault {
  const found = faults.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no fault "${name}"`);
  return found;
}

/** One order changed and recorded; a server that is away is tried again, for the application would. */
async function save(orderId: number, stamp: string): Promise<void> {
  await waitFor("the shop's own transaction", async () => {
    try {
      await shop.query(
        `WITH saved AS (
           INSERT INTO orders (id, customer_id, status, stamp) VALUES ($1, 1, 'PAID', $2)
           ON CONFLICT (id) DO UPDATE SET stamp = EXCLUDED.stamp RETURNING id)
         SELECT syncline.record_change('order', jsonb_build_object('orderId', id)) FROM saved`,
        [orderId, stamp],
      );
      return true;
    } catch {
      return false;
    }
  });
}

async function load(round: string, until: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20 || !until(); turn += 1) {
    await save((turn % 10) + 1, `${round} ${turn}`);
    await delay(15);
  }
}

/** What goes out once at most stops at whatever a killed worker left uncertain; the histories judge that. */
const holding = facts.filter(({ idempotent }) => !idempotent).map(({ name }) => name);

/** What the shop has is what the downstream was sent last. */
async function expectEquality(): Promise<void> {
  await waitFor("all to be delivered", async () => {
    const { rows } = await shop.query<{ readonly left: string }>(
      `SELECT (SELECT count(*) FROM syncline.change)
            + (SELECT count(*) FROM syncline.delivery WHERE state = 'pending' AND strategy <> ALL ($1)) AS left`,
      [holding],
    );
    return Number(rows[0]?.left) === 0;
  });
  const { rows } = await shop.query<{ readonly id: string; readonly stamp: string }>(
    "SELECT id::text, stamp FROM orders",
  );
  expect(rows.length).toBeGreaterThan(0);
  for (const { id, stamp } of rows) expect(downstream.books.last("mirror", { orderId: id })?.body?.stamp).toBe(stamp);
}

describe("a pipeline under load comes to equality after", () => {
  it.each(faults.map(({ name }) => name))("%s", async (name) => {
    let healed = false;
    const inflicting = fault(name)
      .inflict(context(name))
      .finally(() => {
        healed = true;
      });
    await Promise.all([inflicting, load(name, () => healed)]);
    expect(workers.every((worker) => worker.isAlive)).toBe(true);
    await expectEquality();
  });

  it("all of them at random, by a seed", async () => {
    const signal = AbortSignal.timeout(8_000);
    const [chaos] = await Promise.all([
      wreakHavoc(faults, { ...context("havoc"), signal }),
      load("havoc", () => signal.aborted),
    ]);
    expect(chaos.failures).toEqual([]);
    expect(Object.keys(countByKind(chaos.inflicted)).length).toBeGreaterThan(2);
    expect(chaos.inflicted.every(({ healedAt }) => healedAt !== undefined)).toBe(true);
    await expectEquality();
  });
});

describe("a fault does what it says:", () => {
  it("a killed worker's process is gone, and another is in its place", async () => {
    const before = workers.map((worker) => worker.pid);
    await fault("worker killed").inflict(context("kill"));
    const replaced = before.filter((pid, index) => workers[index]?.pid !== pid);
    expect(replaced).toHaveLength(1);
    expect(() => process.kill(replaced[0] ?? 0, 0)).toThrow("ESRCH");
  });

  it("a worker whose clock is wrong tells a wrong time, and then the right one", async () => {
    const all = () => workers.flatMap(({ messages }) => messages.filter((message) => message.event === "clock"));
    // Other tests of this file set clocks wrong, too.
    const before = new Set(all());
    const told = () => all().filter((message) => !before.has(message));
    await fault("worker's clock wrong").inflict(context("clock"));
    await waitFor("the last jump", () => told().length >= 3);
    const offsets = told().map(({ now }) => Math.abs(now - Date.now()) / 3_600_000);
    expect(offsets.some((hours) => hours > 0.9)).toBe(true);
    expect(offsets.at(-1)).toBeLessThan(0.1);
  });

  const told = () => workers.flatMap(({ messages }) => messages);
  const errors = () => told().flatMap((message) => (message.event === "error" ? [message.message] : []));

  it("statements of the workers fail with the state that it names", async () => {
    const targets: string[] = [];
    const before = errors().length;
    let healed = false;
    const inflicting = failingStatements
      .inflict({ ...context("states"), note: (target) => targets.push(target) })
      .finally(() => {
        healed = true;
      });
    await Promise.all([inflicting, load("states", () => healed)]);
    await waitFor("a worker to tell of it", () => errors().length > before);
    expect(errors().slice(before)).toContainEqual(expect.stringContaining(`SQLSTATE ${targets[0]}`));
    await expectEquality();
  });

  it("a frozen worker outlives its leases, and says so when it comes back", async () => {
    const lates = () => told().filter(({ event }) => event === "late").length;
    const before = lates();
    downstream.behave = () => delay(100, ok);
    let healed = false;
    const inflicting = Promise.all(workers.map((worker) => worker.freeze(() => delay(worker.leaseMs + 500)))).finally(
      () => {
        healed = true;
      },
    );
    await Promise.all([inflicting, load("frozen", () => healed)]);
    await waitFor("a worker to find its lease lost", async () => {
      if (lates() > before) return true;
      // One after the other, in the middle of work: what the frozen one has in hand goes to the other.
      for (const worker of workers) {
        let isOver = false;
        const freezing = delay(100).then(() => worker.freeze(() => delay(worker.leaseMs + 1_500)));
        await Promise.all([freezing.finally(() => (isOver = true)), load("more", () => isOver)]);
      }
      return lates() > before;
    });
    downstream.behave = () => ok;
    await expectEquality();
  });

  it("a cut connection ends in the middle of a message, and the worker goes on over a new one", async () => {
    const before = proxy.cuts;
    proxy.cutAfter(700);
    await load("cut", () => proxy.cuts > before);
    expect(proxy.cuts).toBe(before + 1);
    await expectEquality();
  });

  it("a reset connection fails the client's query", async () => {
    const client = new pg.Client({ connectionString: proxy.url });
    client.on("error", () => {});
    await client.connect();
    const sleeping = client.query("SELECT pg_sleep(30)");
    proxy.reset();
    await expect(sleeping).rejects.toThrow(/ECONNRESET|terminated/);
  });

  it("a crashed server has to recover", async () => {
    const started = async () => (await shop.query("SELECT pg_postmaster_start_time() AS at")).rows[0]?.at as Date;
    const before = await started();
    await fault("server restarted (immediate)").inflict(context("crash"));
    expect((await waitFor("the server", () => started().catch(() => undefined))).getTime()).toBeGreaterThan(
      before.getTime(),
    );
  });
});
