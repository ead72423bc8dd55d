import assert from "node:assert/strict";
import type { RecordedChange, StrandedWork } from "@syncline/core/spi";
import { eventually, never, rejectsWith, sameMembers } from "../../suite/expectations.ts";
import { type DatabaseCheck, type DatabaseCheckGroup, onScene } from "../database-check.ts";
import { item, keyOf, leaseOf, nameOf, routeTo, type Scene, strategyName } from "../scene.ts";

const failure = { kind: "rejected", code: "x", message: "no", effect: "no" } as const;
const hourMs = 3_600_000;
const target = { strategy: "crm", category: item.name };
const all = { strategy: strategyName, withHeld: true, most: 1_000 };

function onStranded(name: string, run: (work: StrandedWork, scene: Scene) => Promise<void>): DatabaseCheck {
  const onWork = async (scene: Scene) => {
    const { strandedWork } = scene.fixture.session;
    assert.ok(strandedWork !== undefined, "the session has strandedWork, as the capability says");
    await run(strandedWork, scene);
  };
  return onScene(name, onWork, "strandedWork");
}

/** One delivery of each state. */
async function oneOfEach({ fold, poller }: Scene): Promise<void> {
  const { claims } = await fold(["dead", "held", "leased"], { lease: leaseOf(), firstRecordedAt: 1_000 });
  const [dead, held] = claims;
  assert.ok(dead !== undefined && held !== undefined);
  await poller.settle([
    { result: "dead", claim: dead, failure },
    { result: "held", claim: held, failure },
  ]);
  await fold(["due"]);
}

async function changesOf({ poller }: Scene): Promise<readonly RecordedChange[]> {
  const route = routeTo({ strategy: "elsewhere" });
  await poller.dispatch(1_000, route, never);
  return route.seen;
}

export const strandedWorkChecks: DatabaseCheckGroup = {
  name: "what strategies have left behind",
  checks: [
    onStranded("workers know each other's strategies, until a worker has none or its word has lapsed", async (work) => {
      const [one, other, third] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
      const many = Array.from({ length: 120 }, (_, n) => `${"x".repeat(60)}${n}`);
      assert.deepEqual(await work.attend(one, ["a", "b"], hourMs, never), []);
      sameMembers(await work.attend(other, ["b", ...many], hourMs, never), ["a", "b"], "the first one's");
      sameMembers(await work.attend(one, ["c"], hourMs, never), ["b", ...many], "the other one's");
      sameMembers(await work.attend(third, [], hourMs, never), ["b", "c", ...many], "each once, and no former ones");
      await work.attend(other, [], hourMs, never);
      assert.deepEqual(await work.attend(third, [], hourMs, never), ["c"]);
      await work.attend(one, ["c"], 1, never);
      await eventually("the word of a worker to lapse", async () => {
        return (await work.attend(third, [], hourMs, never)).length === 0 ? true : undefined;
      });
    }),
    onStranded("of each strategy that is none of the known it is told what is left", async (work, scene) => {
      await oneOfEach(scene);
      for (const strategy of ["a", "m", "z", "Z"]) await scene.fold(["x"], { strategy });
      const listed = await work.list(["a", "z", "not there"], never);
      assert.deepEqual(
        listed.map(({ strategy }) => strategy),
        ["Z", strategyName, "m"],
      );
      const [, { oldestAgeMs = 0, key = "", ...counts } = {}] = listed;
      assert.deepEqual(counts, { strategy: strategyName, pending: 2, leased: 1, dead: 1, held: 1 });
      assert.ok(oldestAgeMs > 86_400_000, `a change of 1970 is ${oldestAgeMs} ms old`);
      assert.ok(["dead", "held", "leased", "due"].map(keyOf).includes(key), `${key} is one of the keys`);
      assert.deepEqual(await work.list(["a", "m", "z", "Z", strategyName], never), []);
    }),
    onStranded("what is moved is recorded for the other strategy alone, as it was", async (work, scene) => {
      await oneOfEach(scene);
      await scene.fold(["other"], { strategy: "other" });
      assert.equal(await work.move({ ...all, withHeld: false }, target, never), 2);
      assert.equal(await work.move({ ...all, withHeld: false }, target, never), 0);
      const changes = await changesOf(scene);
      sameMembers(
        changes.map(({ condition, traceparent: _, ...change }) => ({ ...change, name: nameOf({ key: condition }) })),
        changes.map(({ id, recordedAt, condition }) => ({
          id,
          category: item.name,
          operation: "upsert",
          recordedAt,
          strategy: "crm",
          name: nameOf({ key: condition }),
        })),
        "changes for the target",
      );
      const byName = new Map(changes.map((change) => [nameOf({ key: change.condition }), change.recordedAt]));
      assert.deepEqual([...byName.keys()].sort(), ["dead", "due"]);
      assert.equal(byName.get("dead"), 1_000, "it was recorded when it was");
      assert.equal(await work.move(all, target, never), 1, "the held one, where it is asked for");
      const { strategies } = await scene.backlog.status(never);
      const left = strategies.find(({ strategy }) => strategy === strategyName);
      assert.deepEqual([left?.leased, left?.due, left?.dead, left?.held], [1, 0, 0, 0], "what is leased stays");
      assert.equal(strategies.find(({ strategy }) => strategy === "other")?.due, 1, "others' stay");
    }),
    onStranded("a lease that has lapsed keeps nothing from being moved", async (work, { fold }) => {
      await fold(["a"], { lease: leaseOf(1) });
      const moved = await eventually("the lease to lapse", async () => {
        return (await work.move(all, target, never)) || undefined;
      });
      assert.equal(moved, 1);
    }),
    onStranded("a portion is no larger than it may be, and keeps the order of a key", async (work, scene) => {
      const operations = ["upsert", "delete", "upsert", "delete", "upsert"] as const;
      for (const operation of operations) await scene.fold(["a"], { strict: true, operation });
      assert.equal(await work.move({ ...all, most: 2 }, target, never), 2);
      assert.equal((await scene.counts())?.due, 3);
      while ((await work.move({ ...all, most: 2 }, target, never)) > 0);
      assert.deepEqual(
        (await changesOf(scene)).map(({ operation }) => operation),
        operations,
      );
    }),
    onStranded("what is discarded is gone, and nothing else is", async (work, scene) => {
      await oneOfEach(scene);
      await scene.fold(["other"], { strategy: "other" });
      assert.equal(await work.discard({ ...all, withHeld: false, most: 1 }, never), 1);
      assert.equal(await work.discard({ ...all, withHeld: false }, never), 1);
      assert.equal(await work.discard(all, never), 1);
      const { strategies, changes } = await scene.backlog.status(never);
      assert.deepEqual(
        strategies.map(({ strategy, due, leased, dead, held }) => [strategy, due, leased, dead, held]),
        [
          [strategyName, 0, 1, 0, 0],
          ["other", 1, 0, 0, 0],
        ],
      );
      assert.equal(changes, 0, "nothing was recorded");
    }),
    onStranded("of stranded work, a call whose signal has fired does nothing", async (work, scene) => {
      await scene.fold(["a"]);
      const aborted = AbortSignal.abort();
      for (const [what, call] of [
        ["attendance", () => work.attend(crypto.randomUUID(), ["a"], hourMs, aborted)],
        ["list", () => work.list([], aborted)],
        ["move", () => work.move(all, target, aborted)],
        ["discard", () => work.discard(all, aborted)],
      ] as const) {
        await rejectsWith(["operation.aborted"], `an aborted ${what}`, Promise.resolve().then<unknown>(call));
      }
      assert.deepEqual(await work.attend(crypto.randomUUID(), [], hourMs, never), []);
      assert.equal((await scene.counts())?.due, 1);
    }),
  ],
};
