import assert from "node:assert/strict";
import { type DatabaseSession, isSynclineError } from "@syncline/core/spi";
import { eventually, never, rejectsWith } from "../../suite/expectations.ts";
import { type DatabaseCheck, type DatabaseCheckGroup, onScene } from "../database-check.ts";
import type { DatabaseCapability, DatabaseFixture } from "../fixture.ts";
import { limits } from "../reading.ts";
import { leaseOf, namesOf, routeTo, strategyName } from "../scene.ts";

/** A check on a database without Syncline's tables. */
function onBareDatabase(
  name: string,
  run: (fixture: DatabaseFixture) => Promise<void>,
  ...requires: readonly DatabaseCapability[]
): DatabaseCheck {
  return { name, requires, run };
}

async function worksWith({ poller, backlog, checkSchema }: DatabaseSession): Promise<void> {
  assert.equal(await checkSchema(never), undefined);
  assert.equal((await poller.dispatch(1, routeTo({}), never)).status, "done");
  assert.deepEqual(await poller.claim([{ strategy: strategyName, count: 1, strict: false }], leaseOf(), never), []);
  assert.equal((await backlog.status(never)).changes, 0);
}

export const lifecycleChecks: DatabaseCheckGroup = {
  name: "migrations and life cycle",
  checks: [
    onBareDatabase("an adapter says what it is", async ({ adapter, session, openSession, strategies }) => {
      assert.equal(adapter.specVersion, 1);
      assert.match(adapter.name, /^\S+$/);
      assert.ok(adapter.dialect.name !== "" && typeof adapter.recorder.record === "function");
      const { strategyTable, changeSignal, multipleWorkers, snapshotReads } = adapter.capabilities;
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
        await rejectsWith(["database.schema"], "a dispatch", session.poller.dispatch(1, routeTo({}), never));
        await rejectsWith(["database.schema"], "a status", session.backlog.status(never));
        const claim = session.poller.claim([{ strategy: strategyName, count: 1, strict: false }], leaseOf(), never);
        await rejectsWith(["database.schema"], "a claim", claim);
      },
    ),
    onBareDatabase("migrating names what it applied, and migrating again does nothing", async ({ session }) => {
      const { applied } = await session.migrate(never);
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
    onScene("migrating keeps what is recorded and delivered", async ({ fixture, fold, record, claim, counts }) => {
      await fold(["a"]);
      await record("b");
      await fixture.session.migrate(never);
      assert.equal((await counts())?.due, 1);
      assert.deepEqual(namesOf(await claim()), ["a"]);
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
      await closing.close();
      for (const outcome of await Promise.allSettled<unknown>(work)) {
        if (outcome.status === "fulfilled") continue;
        assert.ok(isSynclineError(outcome.reason), `an error of another kind: ${String(outcome.reason)}`);
      }
      if (fixture.openSession === undefined) return;
      await scene.dispatch();
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
        await record("b");
        await record("c");
        assert.equal(woken, before);
      },
      "changeSignal",
    ),
  ],
};
