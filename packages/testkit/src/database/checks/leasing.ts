import assert from "node:assert/strict";
import type { Claim } from "@syncline/core/spi";
import { eventually, never, rejectsWith, sameMembers, single } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import { accepted, leaseOf, namesOf, strategyName } from "../scene.ts";
import { withWorkerClock } from "../worker-clock.ts";

const demand = (strategy: string, count: number) => ({ strategy, count, strict: false });

export const leasingChecks: DatabaseCheckGroup = {
  name: "claim and lease",
  checks: [
    onScene("claim leases what is due, oldest due first", async ({ fold, claim }) => {
      for (const name of ["z", "a", "m"]) await fold([name]);
      assert.deepEqual(namesOf(await claim(2)), ["z", "a"]);
      assert.deepEqual(namesOf(await claim(2)), ["m"]);
      assert.deepEqual(await claim(2), []);
    }),
    onScene("claim gives each demand no more than its count", async ({ fold, poller }) => {
      await fold(["a", "b", "c"], { strategy: "one" }, { strategy: "two" }, { strategy: "unasked" });
      const claims = await poller.claim([demand("one", 2), demand("two", 1), demand("none", 5)], leaseOf(), never);
      assert.deepEqual(claims.map(({ strategy }) => strategy).sort(), ["one", "one", "two"]);
    }),
    onScene("a claim carries what the delivery holds, and the lease's token", async ({ fold, claim }) => {
      await fold(["a"], { operation: "delete", firstRecordedAt: 1_000 });
      const lease = leaseOf();
      const { id, revision, key, traceparent: _, ...rest } = single(await claim(1, lease), "claims");
      assert.match(id, /^\d+$/);
      assert.match(revision, /^\d+$/);
      assert.equal(key, '{"name":"a"}');
      assert.deepEqual(rest, {
        strategy: strategyName,
        ordinal: "0",
        operation: "delete",
        epoch: 0,
        attempts: 0,
        lapsed: false,
        token: lease.token,
        firstRecordedAt: 1_000,
      });
    }),
    onScene("what is leased is not given to anybody else", async ({ fold, claim }) => {
      await fold(["a", "b"]);
      assert.equal((await claim()).length, 2);
      assert.deepEqual(await claim(), []);
    }),
    onScene(
      "many concurrent claimers never get the same delivery, nor more than they asked for",
      async ({ fixture, fold, poller }) => {
        const other = (await fixture.openSession?.())?.poller;
        assert.ok(other !== undefined, "the fixture has no openSession");
        for (let round = 0; round < 8; round++) {
          const names = Array.from({ length: 60 }, (_, index) => `${round}.${index}`);
          await fold(names);
          const claims: Claim[] = [];
          const drain = async (from: typeof poller): Promise<void> => {
            const batch = await from.claim([demand(strategyName, 7)], leaseOf(), never);
            assert.ok(batch.length <= 7, `${batch.length} claims for a demand of 7`);
            claims.push(...batch);
          };
          await Promise.all(Array.from({ length: 12 }, (_, index) => drain(index % 2 === 0 ? poller : other)));
          // A claimer that met only rows which others had locked got none: what is left is due still.
          for (let before = -1; before !== claims.length; ) {
            before = claims.length;
            await drain(poller);
          }
          sameMembers(namesOf(claims), names, "each delivery was claimed once");
        }
      },
      "multipleWorkers",
    ),
    onScene(
      "a lease that lapsed is claimed again, says so, and counts as an attempt",
      async ({ fold, claim, claimOne }) => {
        await fold(["a"]);
        const first = await claimOne(leaseOf(1));
        assert.deepEqual([first.attempts, first.lapsed], [0, false]);
        const second = await eventually("a lapsed lease's claim", async () => (await claim())[0]);
        assert.deepEqual([second.id, second.attempts, second.lapsed], [first.id, 1, true]);
      },
    ),
    onScene(
      "a delivery that was put back in time is claimed as one that nobody left behind",
      async ({ fold, claimOne, poller }) => {
        await fold(["a"]);
        const failure = { kind: "transient", code: "test.failed", message: "It failed.", effect: "no" } as const;
        await poller.settle([{ result: "retry", claim: await claimOne(), delayMs: 0, failure }]);
        const again = await claimOne();
        assert.deepEqual([again.attempts, again.lapsed], [1, false]);
      },
    ),
    onScene("renew extends the leases that are held, and names them", async ({ fold, claim, poller }) => {
      await fold(["a", "b", "c"]);
      const claims = await claim(3, leaseOf());
      assert.deepEqual([...(await poller.renew(claims, 600_000))].sort(), claims.map(({ id }) => id).sort());
      assert.deepEqual(await claim(), []);
      const [first] = claims;
      assert.ok(first !== undefined);
      await poller.renew([first], 1);
      const again = await eventually("the end of a lease that was shortened", async () => (await claim())[0]);
      assert.equal(again.id, first.id);
      assert.deepEqual(await claim(), []);
    }),
    onScene("renew does not name a lease that was lost", async ({ fold, claim, claimOne, poller }) => {
      await fold(["a"]);
      const lost = await claimOne(leaseOf(1));
      const held = await eventually("the next claim", async () => (await claim())[0]);
      assert.deepEqual(await poller.renew([lost], 600_000), []);
      assert.deepEqual(await poller.renew([held], 600_000), [held.id]);
      await poller.settle(accepted([held]));
      assert.deepEqual(await poller.renew([held], 600_000), []);
    }),
    onScene("a stale token settles nothing: it is late, and the new holder's work stands", async (scene) => {
      const { fold, claim, claimOne, poller, counts } = scene;
      await fold(["a"]);
      const stale = await claimOne(leaseOf(1));
      const held = await eventually("the next claim", async () => (await claim())[0]);
      const failure = { kind: "rejected", code: "x", message: "x", effect: "no" } as const;
      for (const settlement of [
        { result: "accepted", claim: stale },
        { result: "released", claim: stale, delayMs: 0 },
        { result: "retry", claim: stale, delayMs: 0, failure },
        { result: "dead", claim: stale, failure },
        { result: "held", claim: stale, failure },
      ] as const) {
        assert.deepEqual(await poller.settle([settlement]), ["late"], `${settlement.result} with a stale token`);
      }
      const { leased, dead, held: keptBack } = (await counts()) ?? {};
      assert.deepEqual([leased, dead, keptBack], [1, 0, 0]);
      assert.deepEqual(await poller.settle(accepted([held])), ["applied"]);
    }),
    onScene("a paused strategy yields no claim until it is resumed, and goes on folding", async (scene) => {
      const { fold, claim, backlog } = scene;
      await fold(["a"]);
      await backlog.pause(strategyName, never);
      await backlog.pause(strategyName, never);
      assert.deepEqual(await claim(), []);
      const { claims } = await fold(["b"], { lease: leaseOf() });
      assert.deepEqual(claims, []);
      assert.deepEqual(await claim(), []);
      await backlog.resume(strategyName, never);
      await backlog.resume(strategyName, never);
      assert.deepEqual(namesOf(await claim()), ["a", "b"]);
    }),
    onScene("dispatch leases what it inserts where it is asked to, and the claim settles", async (scene) => {
      const { fold, claim, poller } = scene;
      const lease = leaseOf();
      const names = ["b", "a", "ü", "😀", "\uffee", `"\\,{}'`];
      const { claims } = await fold(names, { lease, operation: "delete", firstRecordedAt: 1_000 });
      sameMembers(namesOf(claims), names, "all were leased");
      for (const { token, attempts, epoch, ordinal, operation, firstRecordedAt } of claims) {
        assert.deepEqual([token, attempts, epoch, ordinal], [lease.token, 0, 0, "0"]);
        assert.deepEqual([operation, firstRecordedAt], ["delete", 1_000], "what routing said of it");
      }
      assert.deepEqual(await claim(), []);
      assert.deepEqual([...(await poller.renew(claims, 600_000))].sort(), claims.map(({ id }) => id).sort());
      assert.deepEqual(new Set(await poller.settle(accepted(claims))), new Set(["applied"]));
    }),
    onScene("dispatch leases only what is new", async ({ fold, claimOne }) => {
      await fold(["a"]);
      const result = await fold(["a"], { lease: leaseOf() });
      assert.deepEqual([result.inserted, result.folded, result.claims], [0, 1, []]);
      await claimOne();
    }),
    onScene("leases go by the database's clock, whatever the worker's says", async ({ fold, claim, counts }) => {
      await fold(["a"]);
      await withWorkerClock(-3_600_000, async () => assert.equal((await claim(1, leaseOf(1_800_000))).length, 1));
      assert.deepEqual(await claim(), [], "a lease given by a worker an hour behind holds");
      await withWorkerClock(3_600_000, async () =>
        assert.deepEqual(await claim(), [], "for a worker an hour ahead too"),
      );
      await withWorkerClock(3_600_000, () => fold(["b"]));
      const { due, leased } = (await counts()) ?? {};
      assert.deepEqual([due, leased], [1, 1], "what a worker an hour ahead dispatched is due at once");
    }),
    onScene("a claim whose signal has fired leases nothing", async ({ fold, poller, claim }) => {
      await fold(["a"]);
      const aborted = poller.claim([demand(strategyName, 1)], leaseOf(), AbortSignal.abort());
      await rejectsWith(["operation.aborted"], "an aborted claim", aborted);
      assert.equal((await claim()).length, 1);
    }),
  ],
};
