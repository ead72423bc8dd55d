import { category, createPipeline, strategy } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { quickTuning } from "../harness/pipeline.ts";
import { waitFor } from "../harness/wait-for.ts";
import { commandLine } from "./syncline.ts";

const url = await testDatabase();
const shop = new pg.Pool({ connectionString: url, max: 3 });
afterAll(() => shop.end());
const total = 2_000;

/** @param type of the key; `name` of the strategy. */
const open = (type: "bigint" | "string" = "bigint", name = "crm") => {
  const item = category("item", { id: type }, { table: "public.item" });
  return createPipeline<pg.ClientBase>({
    database: postgres({ connectionString: url, max: 4 }),
    categories: [item],
    strategies: [
      strategy(name, {
        category: item,
        query: "SELECT i.id FROM item i WHERE i.id::text = :id::text",
        downstream: "crm",
        path: "/items/{id}",
        whenAbsent: "skip",
      }),
    ],
    downstreams: { crm: http({ baseUrl: "http://127.0.0.1:9" }) },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    tuning: quickTuning,
  });
};
const syncline = commandLine(() => open());
/** The keys that were recorded; nobody dispatches them. */
const keys = async () => {
  const { rows } = await shop.query<{ id: string }>("SELECT condition::json ->> 'id' AS id FROM syncline.change");
  return rows.map(({ id }) => Number(id)).sort((one, other) => one - other);
};
const all = Array.from({ length: total }, (_, index) => index + 1);
const jobs = async () =>
  (await shop.query("SELECT id::text, state, done::int, owner FROM syncline.backfill ORDER BY id DESC LIMIT 1"))
    .rows[0];
/** Driven at a pace that leaves time to meddle. */
const begun = async (...flags: readonly string[]) => {
  const driving = syncline(["backfill", "crm", "--yes", "--chunk", "50", ...flags]);
  await waitFor("the first chunks", async () => (await keys()).length > 50);
  return { driving, id: String((await jobs()).id) };
};

beforeAll(async () => {
  await open().migrate();
  await shop.query(
    `CREATE TABLE item (id bigint PRIMARY KEY); INSERT INTO item SELECT generate_series(1, ${total}); ANALYZE item`,
  );
});
beforeEach(() => shop.query("TRUNCATE syncline.change, syncline.delivery, syncline.operation"));

it("sends all keys of the category's table in chunks, and tells how far it is and what it takes the total for", async () => {
  const done = await syncline(["backfill", "crm", "--yes", "--chunk", "300", "--by", "ann", "--reason", "a new one"]);
  expect(done).toMatchObject({ exitCode: 0, out: `${total} keys recorded for crm.` });
  expect(done.err).toMatch(/^Backfill \d+: about 2000 keys \(an estimate\)\.$/m);
  expect(await keys()).toEqual(all);
  const { id } = await jobs();
  expect((await syncline("backfill list")).out).toMatch(
    new RegExp(`^${id} +crm +done +2000 +2000 +0 +- +- +ann$`, "m"),
  );
  const shown = JSON.parse((await syncline(`backfill show ${id} --json`)).out);
  expect(shown).toMatchObject({
    state: "done",
    done: total,
    estimatedTotal: total,
    byIndex: true,
    reason: "a new one",
  });
  expect((await syncline("audit")).out).toMatch(/ann +backfill +- +crm +\{"keys":"all"/);
});

it("paused from elsewhere, it stops; resumed, it goes on where it stood, and no key is left out", async () => {
  const { driving, id } = await begun("--rate", "500");
  expect((await syncline(`backfill resume ${id}`)).err).toMatch(/^backfill\.running: Another process drives/);
  expect(await syncline(`backfill pause ${id} --reason lunch`)).toMatchObject({ exitCode: 0 });
  const paused = await driving;
  expect(paused).toMatchObject({ exitCode: 1, out: expect.stringContaining(`syncline backfill resume ${id}`) });
  const { done } = await jobs();
  expect(done).toBeLessThan(total);
  const resumed = await syncline(`backfill resume ${id} --rate 1000000 --chunk 1000`);
  expect(resumed).toMatchObject({ exitCode: 0, out: `${total} keys recorded for crm.` });
  expect(await keys()).toEqual(all);
  const { err, exitCode } = await syncline(`backfill pause ${id}`);
  expect([exitCode, err]).toEqual([1, `backfill.state: The backfill ${id} is done: there is nothing to pause.`]);
});

it("whoever lost its lease records nothing more, and another goes on", async () => {
  const { driving, id } = await begun("--rate", "400");
  // As if its process had been suspended for long; a chunk of its own in between takes the lease again.
  await waitFor("another driver", async () => {
    await shop.query("UPDATE syncline.backfill SET lease_until = now() - interval '1 second' WHERE id = $1", [id]);
    return (await syncline(`backfill resume ${id} --rate 1000000`)).exitCode === 0;
  });
  await driving;
  expect(await keys()).toEqual(all);
});

it("connections that are lost again and again cost no key", async () => {
  const { driving } = await begun("--rate", "4000");
  for (let round = 0; round < 5; round += 1) {
    await shop
      .query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'watcher'`)
      .catch(() => {});
    const { done } = await jobs().catch(() => ({ done: 0 }));
    await waitFor("further chunks", async () => {
      const now = await jobs().catch(() => undefined);
      return now?.state === "done" || (now?.done ?? 0) > done;
    });
  }
  expect(await driving).toMatchObject({ exitCode: 0, out: `${total} keys recorded for crm.` });
  expect(await keys()).toEqual(all);
});

it("waits while too many keys of the strategy wait, and says so", async () => {
  const driving = syncline("backfill crm --yes --chunk 100 --max-waiting 150");
  await waitFor("the limit", async () => (await keys()).length === 150);
  await shop.query("DELETE FROM syncline.change");
  await waitFor("the limit again", async () => (await keys()).length === 150);
  const { id } = await jobs();
  expect(await syncline(`backfill cancel ${id} --yes`)).toMatchObject({ exitCode: 0 });
  expect(await driving).toMatchObject({ exitCode: 1, out: expect.stringContaining("is cancelled") });
  expect((await syncline(`backfill resume ${id}`)).err).toMatch(/^backfill\.state: .* is cancelled/);
});

it("refuses to go on by name where the keys are not what they were, and where the strategy is gone", async () => {
  const { driving, id } = await begun("--rate", "500");
  await syncline(`backfill pause ${id}`);
  await driving;
  const other = commandLine(() => open("string"));
  expect((await other(`backfill resume ${id}`)).err).toMatch(
    /^backfill\.state: The strategy "crm" has keys of item \[\["id","string"\]\] now; .*item \[\["id","bigint"\]\]/,
  );
  const renamed = commandLine(() => open("bigint", "crm-items"));
  expect((await renamed(`backfill resume ${id}`)).err).toMatch(/^strategy\.unknown: There is no strategy "crm"/);
  await shop.query("ALTER TABLE item ALTER id TYPE text");
  expect((await other(`backfill resume ${id}`)).err).toMatch(/^backfill\.state/);
  expect((await syncline(`backfill resume ${id}`)).exitCode).toBe(1);
  await shop.query("ALTER TABLE item ALTER id TYPE bigint USING id::bigint");
  expect((await syncline("backfill crm --yes --rate 0")).exitCode).toBe(2);
  expect((await syncline("backfill show 999999")).err).toMatch(/^backfill\.unknown/);
});

it("Ctrl-C ends it after the chunk under way, and it can be resumed at once", async () => {
  const ending = new AbortController();
  const driving = syncline(["backfill", "crm", "--yes", "--chunk", "50", "--rate", "500"], { signal: ending.signal });
  await waitFor("the first chunks", async () => (await keys()).length > 50);
  ending.abort();
  expect(await driving).toMatchObject({ exitCode: 1, out: expect.stringContaining("was broken off") });
  const { id, state, owner } = await jobs();
  expect([state, owner]).toEqual(["running", null]);
  expect((await syncline(`backfill list`)).out).toContain("running, driven by nobody");
  expect(await syncline(`backfill resume ${id} --rate 1000000`)).toMatchObject({ exitCode: 0 });
  expect(await keys()).toEqual(all);
});
