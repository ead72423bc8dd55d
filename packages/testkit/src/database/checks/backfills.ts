import assert from "node:assert/strict";
import type { BackfillJob, BackfillLease, BackfillStore, OperatorRecord } from "@syncline/core/spi";
import { never, rejectsWith, single } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import { routeTo, type Scene } from "../scene.ts";

const rowCategory = { name: "conformance.row", fields: { id: "integer" } } as const;
const lease = (durationMs = 600_000): BackfillLease => ({ owner: crypto.randomUUID(), durationMs });
const record = (action: OperatorRecord["action"]): OperatorRecord => ({
  ...{ action, actor: "Ann", reason: "a new downstream", strategy: "crm", selection: "{}" },
});

function storeOf({ fixture }: Scene): BackfillStore {
  const { backfills } = fixture.session;
  assert.ok(backfills !== undefined, "the session keeps backfills");
  return backfills;
}

/** The ids of the source's rows, as keys. */
function keysOf({ fixture }: Scene, column = "id"): string {
  return `SELECT i.${column} AS ${fixture.adapter.dialect.quoteIdentifier("id")} FROM ${fixture.source.name} i`;
}

async function put({ fixture }: Scene, ...ids: readonly number[]): Promise<void> {
  await fixture.source.put(ids.map((id) => ({ id, owner: 1, label: null })));
}

/** Begun, and leased. */
async function begin(scene: Scene, held = lease(), keys = keysOf(scene)): Promise<BackfillJob> {
  const store = storeOf(scene);
  const examined = await store.examine(rowCategory, keys, never);
  const backfill = {
    ...{ ...examined, strategy: "crm", category: rowCategory.name, fields: '[["id","integer"]]', keys },
    ...{ allKeys: false, chunk: 100, rate: 2.5, maxWaiting: 700 },
  };
  return find(scene, await store.begin(backfill, held, never, record("backfill")));
}

async function find(scene: Scene, id: string): Promise<BackfillJob> {
  return single(await storeOf(scene).list({ id, limit: 1 }, never), `backfills ${id}`);
}

/** One chunk from where it stands. */
async function step(scene: Scene, id: string, held: BackfillLease, limit: number) {
  return storeOf(scene).record(await find(scene, id), rowCategory, held, limit, never);
}

/** The ids that were recorded for the strategy, in their order; they are dispatched by this. */
async function recorded({ poller }: Scene): Promise<readonly number[]> {
  const route = routeTo({});
  await poller.dispatch(10_000, route, never);
  assert.ok(route.seen.every(({ strategy, category }) => strategy === "crm" && category === rowCategory.name));
  return route.seen
    .map(({ condition }) => Number((JSON.parse(condition) as { readonly id: unknown }).id))
    .sort((one, other) => one - other);
}

export const backfillChecks: DatabaseCheckGroup = {
  name: "backfills that are kept",
  checks: [
    onScene(
      "a backfill is kept with all that is said of it, and is found",
      async (scene) => {
        await put(scene, 1, 2, 3);
        const job = await begin(scene);
        const { state, strategy, category, fields, keys, allKeys, position, done, refused } = job;
        assert.deepEqual(
          { state, strategy, category, fields, keys, allKeys, position, done, refused },
          {
            ...{ state: "running", strategy: "crm", category: rowCategory.name, fields: '[["id","integer"]]' },
            ...{ keys: keysOf(scene), allKeys: false, position: null, done: 0, refused: 0 },
          },
        );
        const { chunk, rate, maxWaiting, actor, reason, error, leaseMs } = job;
        assert.deepEqual(
          [chunk, rate, maxWaiting, actor, reason, error],
          [100, 2.5, 700, "Ann", "a new downstream", null],
        );
        assert.ok(leaseMs > 0 && leaseMs <= 600_000, `its lease ends in ${leaseMs} ms`);
        assert.ok(Math.abs(job.changedAt - job.startedAt) < 60_000 && job.startedAt > 1_600_000_000_000, "its times");
        const second = await begin(scene);
        const all = await storeOf(scene).list({ limit: 10 }, never);
        assert.deepEqual(
          all.map(({ id }) => id),
          [second.id, job.id],
        );
        assert.equal((await storeOf(scene).list({ limit: 1 }, never)).length, 1);
        assert.deepEqual(await storeOf(scene).list({ id: "999999", limit: 1 }, never), []);
      },
      "backfills",
    ),
    onScene(
      "chunk by chunk, each key is recorded once, and where it stands with them",
      async (scene) => {
        const ids = [7, 1, 30, 4, 12, 2, 25];
        await put(scene, ...ids);
        const held = lease();
        const { id } = await begin(scene, held);
        assert.deepEqual(await step(scene, id, held, 3), { recorded: 3, refused: 0, isLast: false });
        const first = await find(scene, id);
        assert.deepEqual([first.done, first.state], [3, "running"]);
        assert.notEqual(first.position, null);
        assert.deepEqual(await recorded(scene), [1, 2, 4], "the lowest keys first");
        await step(scene, id, held, 3);
        // What is behind the place is seen, though it was not there when it began.
        await put(scene, 40);
        assert.deepEqual(await step(scene, id, held, 3), { recorded: 2, refused: 0, isLast: true });
        assert.deepEqual(await recorded(scene), [7, 12, 25, 30, 40]);
        const { state, done, leaseMs } = await find(scene, id);
        assert.deepEqual([state, done, leaseMs], ["done", 8, 0]);
      },
      "backfills",
    ),
    onScene(
      "of a chunk whose place was not kept, nothing is recorded",
      async (scene) => {
        await put(scene, 1, 2, 3, 4);
        const held = lease();
        const { id } = await begin(scene, held);
        const before = await find(scene, id);
        await step(scene, id, held, 2);
        const again = await storeOf(scene).record(before, rowCategory, held, 2, never);
        assert.equal(again, undefined, "a chunk from where it stood before");
        assert.deepEqual(await recorded(scene), [1, 2]);
        assert.equal((await find(scene, id)).done, 2);
      },
      "backfills",
    ),
    onScene(
      "only who holds the lease records and renews",
      async (scene) => {
        await put(scene, 1, 2);
        const store = storeOf(scene);
        const [held, other] = [lease(), lease()];
        const { id } = await begin(scene, held);
        assert.equal(await store.take(id, other, {}, never), false, "what is leased");
        assert.equal(await store.renew(id, other, never), false, "another's");
        assert.equal(await store.renew(id, held, never), true);
        assert.equal(await step(scene, id, other, 1), undefined);
        await store.release(id, other.owner, null, never);
        assert.ok((await find(scene, id)).leaseMs > 0, "another cannot end it");
        assert.deepEqual(await recorded(scene), []);
        await store.release(id, held.owner, null, never);
        const { state, leaseMs } = await find(scene, id);
        assert.deepEqual([state, leaseMs], ["running", 0]);
        assert.equal(await store.take(id, other, { rate: 9 }, never, record("resume-backfill")), true);
        assert.deepEqual(await step(scene, id, other, 9), { recorded: 2, refused: 0, isLast: true });
        const job = await find(scene, id);
        assert.deepEqual([job.rate, job.maxWaiting, job.chunk], [9, 700, 100], "what was not given stays");
      },
      "backfills",
    ),
    onScene(
      "a lease that has ended is taken, and who had it records nothing more",
      async (scene) => {
        await put(scene, 1, 2);
        const store = storeOf(scene);
        const [late, other] = [lease(0), lease()];
        const { id } = await begin(scene, late);
        assert.equal(await store.take(id, other, {}, never), true);
        assert.equal(await step(scene, id, late, 9), undefined);
        assert.equal(await store.renew(id, late, never), false);
        assert.deepEqual(await recorded(scene), []);
      },
      "backfills",
    ),
    onScene(
      "a pause, a failure and a cancellation hold, whoever drives it",
      async (scene) => {
        await put(scene, 1, 2, 3);
        const store = storeOf(scene);
        const held = lease();
        const { id } = await begin(scene, held);
        await step(scene, id, held, 1);
        assert.equal(await store.pause(id, never, record("pause-backfill")), true);
        assert.equal(await store.pause(id, never, record("pause-backfill")), false, "twice");
        assert.equal(await step(scene, id, held, 1), undefined);
        const paused = await find(scene, id);
        assert.deepEqual([paused.state, paused.done, paused.leaseMs], ["paused", 1, 0]);
        assert.equal(await store.take(id, held, {}, never), true);
        await store.release(id, held.owner, "no such 'table'", never);
        const failed = await find(scene, id);
        assert.deepEqual([failed.state, failed.error], ["failed", "no such 'table'"]);
        assert.equal(await store.take(id, held, {}, never), true);
        const resumed = await find(scene, id);
        assert.deepEqual(
          [resumed.state, resumed.error, resumed.drivenFrom, resumed.position],
          ["running", null, 1, paused.position],
        );
        assert.equal(await store.cancel(id, never, record("cancel-backfill")), true);
        assert.equal(await store.cancel(id, never, record("cancel-backfill")), false, "what is over");
        assert.equal(await store.take(id, held, {}, never), false);
        assert.equal(await step(scene, id, held, 9), undefined);
        assert.deepEqual(await recorded(scene), [1]);
      },
      "backfills",
    ),
    onScene(
      "rows without a key are counted at the end, and keys that come twice are one",
      async (scene) => {
        await scene.fixture.source.put(
          [4, 4, 9, 9, 9, 5].map((owner, index) => ({ id: index + 1, owner, label: index === 0 ? null : `n${owner}` })),
        );
        const held = lease();
        const { id } = await begin(scene, held, keysOf(scene, "owner"));
        await step(scene, id, held, 2);
        const last = await step(scene, id, held, 1_000);
        assert.equal(last?.isLast, true);
        assert.deepEqual(await recorded(scene), [4, 5, 9]);
        assert.equal((await find(scene, id)).done, 3);
        const byLabel = { name: "conformance.row", fields: { id: "string" } } as const;
        const keys = keysOf(scene, "label");
        const examined = await storeOf(scene).examine(byLabel, keys, never);
        const labelled = await storeOf(scene).begin(
          {
            ...{ ...examined, strategy: "crm", category: byLabel.name, fields: "[]", keys },
            ...{ allKeys: false, chunk: 100, rate: null, maxWaiting: null },
          },
          held,
          never,
          record("backfill"),
        );
        const chunk = await storeOf(scene).record(await find(scene, labelled), byLabel, held, 100, never);
        assert.deepEqual(chunk, { recorded: 3, refused: 1, isLast: true });
        assert.equal((await find(scene, labelled)).refused, 1);
      },
      "backfills",
    ),
    onScene(
      "a query of keys that is none is refused before it begins",
      async (scene) => {
        const quoted = scene.fixture.adapter.dialect.quoteIdentifier("id");
        for (const keys of [
          "SELEC",
          `SELECT i.id AS ${scene.fixture.adapter.dialect.quoteIdentifier("other")} FROM ${scene.fixture.source.name} i`,
          `SELECT i.id AS ${quoted} FROM nowhere i`,
        ]) {
          const examined = storeOf(scene).examine(rowCategory, keys, never);
          await rejectsWith(["query.invalid", "query.data"], `the query ${keys}`, examined);
        }
      },
      "backfills",
    ),
    onScene(
      "how many keys of the strategy wait is counted, up to a number",
      async (scene) => {
        await put(scene, 1, 2, 3, 4, 5);
        const store = storeOf(scene);
        assert.equal(await store.waiting("crm", 10, never), 0);
        const held = lease();
        const { id } = await begin(scene, held);
        await step(scene, id, held, 3);
        assert.equal(await store.waiting("crm", 10, never), 3);
        assert.equal(await store.waiting("crm", 2, never), 2);
        assert.equal(await store.waiting("other", 10, never), 0);
        await scene.poller.dispatch(10, routeTo({ strategy: "crm" }), never);
        assert.equal(await store.waiting("crm", 10, never), 3, "dispatched, and not delivered");
      },
      "backfills",
    ),
    onScene(
      "what operators do with a backfill is in the audit",
      async (scene) => {
        await put(scene, 1);
        const store = storeOf(scene);
        const held = lease();
        const { id } = await begin(scene, held);
        await store.pause(id, never, record("pause-backfill"));
        await store.pause(id, never, record("pause-backfill"));
        await store.take(id, held, {}, never, record("resume-backfill"));
        await store.take(id, lease(), {}, never, record("resume-backfill"));
        await store.cancel(id, never, record("cancel-backfill"));
        const page = await scene.fixture.session.audit?.list({ limit: 10 }, never);
        assert.deepEqual(
          page?.items.map(({ action, actor, reason }) => `${action}: ${actor}, ${reason}`),
          ["cancel-backfill", "resume-backfill", "pause-backfill", "backfill"].map(
            (action) => `${action}: Ann, a new downstream`,
          ),
        );
      },
      "backfills",
      "audit",
    ),
    onScene(
      "a backfill's call whose signal has fired does nothing",
      async (scene) => {
        await put(scene, 1);
        const store = storeOf(scene);
        const held = lease();
        const job = await begin(scene, held);
        const aborted = AbortSignal.abort();
        for (const [what, call] of [
          ["examination", () => store.examine(rowCategory, job.keys, aborted)],
          ["list", () => store.list({ limit: 1 }, aborted)],
          ["renewal", () => store.renew(job.id, held, aborted)],
          ["chunk", () => store.record(job, rowCategory, held, 1, aborted)],
          ["release", () => store.release(job.id, held.owner, "no", aborted)],
          ["pause", () => store.pause(job.id, aborted, record("pause-backfill"))],
          ["cancellation", () => store.cancel(job.id, aborted, record("cancel-backfill"))],
          ["count", () => store.waiting("crm", 1, aborted)],
        ] as const)
          await rejectsWith(["operation.aborted"], `an aborted ${what}`, Promise.resolve().then<unknown>(call));
        const { state, done } = await find(scene, job.id);
        assert.deepEqual([state, done, await recorded(scene)], ["running", 0, []]);
      },
      "backfills",
    ),
  ],
};
