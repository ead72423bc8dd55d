import assert from "node:assert/strict";
import { type DatabaseSession, isSynclineError } from "@syncline/core/spi";
import { testClaim } from "../../makers/test-delivery.ts";
import { eventually, never, rejectsWith } from "../../suite/expectations.ts";
import { coversSpecVersion1 } from "../../suite/spec-version.ts";
import { type DatabaseCheckGroup, onBareDatabase, onScene } from "../database-check.ts";
import { limits } from "../reading.ts";
import { accepted, item, leaseOf, namesOf, routeTo, strategyName } from "../scene.ts";

async function worksWith({ poller, backlog, checkSchema }: DatabaseSession): Promise<void> {
  assert.equal(await checkSchema(never), undefined);
  assert.equal((await poller.dispatch(1, routeTo({}), never)).status, "done");
  assert.deepEqual(await poller.claim([{ strategy: strategyName, count: 1, strict: false }], leaseOf(), never), []);
  assert.equal((await backlog.status(never)).changes, 0);
}

const nobody = testClaim({ strategy: strategyName, token: crypto.randomUUID() });

/** All that need Syncline's tables. */
function operationsOf(session: DatabaseSession): readonly (readonly [string, () => Promise<unknown>])[] {
  const { poller, backlog, strategyStore, definitions } = session;
  const strategy = strategyName;
  return [
    ...(strategyStore ? [["a load of strategies", () => strategyStore.load(never)] as const] : []),
    ...(definitions ? [["a list of definitions", () => definitions.list(never)] as const] : []),
    ["a dispatch", () => poller.dispatch(1, routeTo({}), never)],
    ["a claim", () => poller.claim([{ strategy, count: 1, strict: false }], leaseOf(), never)],
    ["a renewal", () => poller.renew([nobody], 1)],
    ["a settle", () => poller.settle(accepted([nobody]))],
    ["a status", () => backlog.status(never)],
    ["a page of dead letters", () => backlog.deadLetters({}, never)],
    ["a requeue", () => backlog.requeue({ strategy }, never)],
    ["a pause", () => backlog.pause(strategy, never)],
    ["a backfill", () => backlog.backfill({ strategy, changes: [item.changed({ name: "a" })] }, never)],
  ];
}

export const lifecycleChecks: DatabaseCheckGroup = {
  name: "migrations and life cycle",
  checks: [
    onBareDatabase("an adapter says what it is", async ({ adapter, session, openSession, strategies }) => {
      assert.ok(coversSpecVersion1(adapter), "it is for version 1 of the contracts, which is what is checked");
      assert.match(adapter.name, /^\S+$/);
      assert.ok(adapter.dialect.name !== "" && typeof adapter.recorder.record === "function");
      const { strategyTable, changeSignal, multipleWorkers, snapshotReads, strandedWork, capture, sources, diagnosis } =
        adapter.capabilities;
      for (const flag of [strategyTable, changeSignal, multipleWorkers, snapshotReads])
        assert.equal(typeof flag, "boolean");
      assert.equal(
        session.strategyStore !== undefined,
        strategyTable,
        "strategyTable says whether there is a strategyStore",
      );
      assert.equal(
        session.changeSignal !== undefined,
        changeSignal,
        "changeSignal says whether there is a changeSignal",
      );
      assert.equal(
        session.strandedWork !== undefined,
        strandedWork === true,
        "strandedWork says whether there is strandedWork",
      );
      assert.equal(session.capture !== undefined, capture === true, "capture says whether there is capture");
      assert.equal(session.sources !== undefined, sources === true, "sources says whether there are sources");
      assert.equal(session.diagnosis !== undefined, diagnosis === true, "diagnosis says whether there is a diagnosis");
      assert.equal(
        strategies !== undefined,
        strategyTable,
        "the fixture has `strategies` if there is a strategy table",
      );
      assert.ok(openSession !== undefined || !multipleWorkers, "the fixture needs openSession");
    }),
    onBareDatabase(
      "without tables the schema's check says what to do, and every operation says so",
      async ({ session }) => {
        assert.match((await session.checkSchema(never)) ?? "", /migrate/);
        for (const [what, call] of operationsOf(session)) await rejectsWith(["database.schema"], what, call());
      },
    ),
    onBareDatabase("migrating names what it applied, and migrating again does nothing", async ({ session }) => {
      const before = await session.pendingMigrations?.(never);
      const { applied } = await session.migrate(never);
      if (before !== undefined) {
        assert.deepEqual(
          before.migrations.map(({ name }) => name),
          applied,
          "what is pending is what is applied",
        );
        for (const { name, statements } of before.migrations) assert.ok(statements.length > 0, `statements of ${name}`);
        assert.deepEqual((await session.pendingMigrations?.(never))?.migrations, [], "pending afterwards");
      }
      assert.ok(applied.length > 0 && new Set(applied).size === applied.length, `applied: ${applied.join()}`);
      assert.deepEqual((await session.migrate(never)).applied, []);
      await worksWith(session);
    }),
    onBareDatabase(
      "several workers migrate at once, and each migration is applied by one of them",
      async ({ session, openSession }) => {
        const others = await Promise.all([openSession?.(), openSession?.(), openSession?.()]);
        const sessions = [session, ...others.filter((other) => other !== undefined)];
        assert.equal(sessions.length, 4, "the fixture opened no further sessions");
        const reports = await Promise.all(sessions.map((each) => each.migrate(never)));
        const applied = reports.flatMap((report) => report.applied);
        assert.ok(applied.length > 0 && new Set(applied).size === applied.length, `applied: ${applied.join()}`);
        for (const each of sessions) await worksWith(each);
      },
      "multipleWorkers",
    ),
    onBareDatabase(
      "every earlier version is told apart, and brought up to date",
      async ({ earlierSchemas }) => {
        const earlier = (await earlierSchemas?.()) ?? [];
        assert.ok(earlier.length > 0, "the fixture has no earlier schemas");
        for (const { name, session } of earlier) {
          assert.match((await session.checkSchema(never)) ?? "", /migrate/, name);
          assert.ok((await session.migrate(never)).applied.length > 0, name);
          await worksWith(session);
        }
      },
      "earlierSchemas",
    ),
    onScene("migrating keeps what is recorded and delivered", async (scene) => {
      const { fixture, fold, record, claim, counts, dispatch } = scene;
      await fold(["a"]);
      await record("b");
      await fixture.session.migrate(never);
      assert.equal((await counts())?.due, 1);
      assert.deepEqual(namesOf(await claim()), ["a"]);
      assert.equal((await dispatch()).taken, 1, "the change that was recorded");
    }),
    onScene("closing with work in flight ends that work, and leaves no delivery half done", async (scene) => {
      const { fixture, fold, record } = scene;
      await fold(["a", "b"]);
      await record("c");
      const closing = fixture.openSession === undefined ? fixture.session : await fixture.openSession();
      const work = [
        closing.poller.dispatch(10, routeTo({}), never),
        closing.poller.claim([{ strategy: strategyName, count: 1, strict: false }], leaseOf(1), never),
        closing.backlog.status(never),
        closing.queryRunner.run([], limits, never),
      ];
      // Watched before the close, which may take longer than what it ends.
      const outcomes = Promise.allSettled<unknown>(work);
      await closing.close();
      for (const outcome of await outcomes) {
        if (outcome.status === "fulfilled") continue;
        assert.ok(isSynclineError(outcome.reason), `an error of another kind: ${String(outcome.reason)}`);
      }
      if (fixture.openSession === undefined) return;
      await eventually("a dispatch of what is left", async () =>
        (await scene.dispatch()).status === "done" ? true : undefined,
      );
      const { due = 0, leased = 0, waiting = 0 } = (await scene.counts()) ?? {};
      assert.equal(due + leased + waiting, 3, "deliveries, whatever became of the work");
      const seen = new Set<string>();
      await eventually("all three deliveries", async () => {
        for (const name of namesOf(await scene.claim())) seen.add(name);
        return seen.size === 3 ? true : undefined;
      });
    }),
    onScene(
      "a wake-up comes after a commit, and none after it was stopped",
      async ({ fixture, record }) => {
        const signal = fixture.session.changeSignal;
        assert.ok(signal !== undefined);
        let woken = 0;
        const stop = await signal.listen(() => woken++);
        await eventually("a wake-up", async () => {
          await record("a");
          return woken > 0 ? true : undefined;
        });
        await stop();
        const before = woken;
        let later = 0;
        const stopLater = await signal.listen(() => later++);
        // Somebody else's wake-up proves that there was one to miss.
        await eventually("another's wake-up", async () => {
          await record("b");
          return later > 0 ? true : undefined;
        });
        await stopLater();
        assert.equal(woken, before);
      },
      "changeSignal",
    ),
  ],
};
