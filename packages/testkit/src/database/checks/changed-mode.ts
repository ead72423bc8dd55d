import assert from "node:assert/strict";
import type { Claim, Failure } from "@syncline/core/spi";
import { breathe, eventually, never, sameMembers, single } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import { accepted, leaseOf, namesOf, strategyName } from "../scene.ts";

const failure: Failure = { kind: "rejected", code: "x", message: "no", effect: "no" };
/** How a strategy writes that does not coalesce. */
const ordered = { strict: true } as const;

const isOrdered = ({ ordinal }: Claim) => ordinal !== "0";

/** What a downstream needs that refuses what is older. */
function isHigher(later: Claim, earlier: Claim): void {
  assert.ok(BigInt(later.revision) > BigInt(earlier.revision), `${later.revision} after ${earlier.revision}`);
}

/**
 * A strategy may be switched from one to the other while deliveries wait, and workers with either
 * revision run at once.
 */
export const changedModeChecks: DatabaseCheckGroup = {
  name: "one delivery of a key at a time, in whichever mode it was written",
  checks: [
    onScene("what was written one by one goes out so, until a change folds: then it is one delivery", async (scene) => {
      const { fold, claim, poller, counts } = scene;
      await fold(["a", "a", "a", "b"], ordered);
      const first = await claim();
      sameMembers(namesOf(first), ["a", "b"], "one of each key");
      await poller.settle(accepted(first));
      const second = single(await claim(), "claims");
      assert.deepEqual(await claim(), [], "while that is in flight");
      const { inserted, folded } = await fold(["a", "c"]);
      assert.deepEqual({ inserted, folded }, { inserted: 1, folded: 1 });
      assert.deepEqual(namesOf(await claim()), ["c"]);
      assert.deepEqual(await poller.settle(accepted([second])), ["again"]);
      const last = single(await claim(), "claims");
      assert.deepEqual([last.id, isOrdered(last)], [second.id, true]);
      isHigher(last, second);
      assert.deepEqual(await poller.settle(accepted([last])), ["applied"]);
      assert.deepEqual(await claim(), []);
      assert.equal((await counts())?.due, 0);
    }),
    onScene("what folds goes out before what is written one by one after it", async (scene) => {
      const { fold, claimStrict, poller } = scene;
      await fold(["a"]);
      await fold(["a", "a"], ordered);
      const claims: Claim[] = [];
      for (let round = 0; round < 3; round++) {
        const next = single(await claimStrict(), "claims");
        assert.deepEqual(await claimStrict(), [], "while that is in flight");
        await poller.settle(accepted([next]));
        claims.push(next);
      }
      assert.deepEqual(claims.map(isOrdered), [false, true, true]);
    }),
    onScene("a claim of either kind keeps the order of revisions, whichever workers run", async (scene) => {
      const { fold, claim, claimStrict, poller } = scene;
      await fold(["a"]);
      await fold(["a"], ordered);
      // Takes the one in the middle along, which would go out with a lower revision after it.
      await fold(["a"]);
      await fold(["a", "a"], ordered);
      const claims: Claim[] = [];
      for (const [mine, others] of [
        [claim, claimStrict],
        [claimStrict, claim],
        [claim, claimStrict],
      ] as const) {
        const next = single(await mine(), "claims");
        assert.deepEqual(await others(), [], "while that is in flight");
        await poller.settle(accepted([next]));
        const before = claims.at(-1);
        if (before !== undefined) isHigher(next, before);
        claims.push(next);
      }
      assert.deepEqual(claims.map(isOrdered), [false, true, true]);
      assert.deepEqual(await claim(), []);
    }),
    onScene("dispatch leases nothing of a key that has an older change, waiting or in flight", async (scene) => {
      const { fold, claim } = scene;
      await fold(["a"], ordered);
      assert.deepEqual(namesOf((await fold(["a", "b"], { lease: leaseOf() })).claims), ["b"]);
      await fold(["c"]);
      assert.deepEqual((await fold(["c"], { ...ordered, lease: leaseOf() })).claims, []);
      sameMembers(namesOf(await claim()), ["a", "c"], "claims");
      assert.deepEqual((await fold(["a", "c"], { ...ordered, lease: leaseOf() })).claims, []);
      assert.deepEqual(namesOf((await fold(["a", "c", "d"], { lease: leaseOf() })).claims), ["d"]);
    }),
    onScene("what folds revives an older change that is dead, and takes along what it stopped", async (scene) => {
      const { fold, claim, claimStrict, poller, backlog, counts } = scene;
      await fold(["a", "a"], ordered);
      const poison = single(await claimStrict(), "claims");
      await poller.settle([{ result: "dead", claim: poison, failure }]);
      assert.deepEqual(await claim(), [], "what was written one by one stops at a dead letter");
      const { inserted, folded } = await fold(["a"]);
      assert.deepEqual({ inserted, folded }, { inserted: 0, folded: 1 });
      const revived = single(await claim(), "claims");
      assert.deepEqual([revived.id, revived.attempts], [poison.id, 0]);
      isHigher(revived, poison);
      await poller.settle([{ result: "dead", claim: revived, failure }]);
      await backlog.requeue({ strategy: strategyName }, never);
      const again = single(await claim(), "claims");
      assert.equal(again.revision, revived.revision);
      await poller.settle(accepted([again]));
      assert.equal(await counts(), undefined);
    }),
    onScene("what folds does not release an older change that is held", async (scene) => {
      const { fold, claim, poller, backlog, counts } = scene;
      await fold(["a", "a"], ordered);
      const older = single(await claim(), "claims");
      await poller.settle([{ result: "held", claim: older, failure }]);
      assert.deepEqual(await claim(), []);
      const { due, blocked, held } = (await counts()) ?? {};
      assert.deepEqual({ due, blocked, held }, { due: 0, blocked: 1, held: 1 });
      const leased = await fold(["a", "b"], { lease: leaseOf() });
      assert.deepEqual(namesOf(leased.claims), ["b"]);
      assert.deepEqual(await claim(), []);
      await backlog.requeue({ strategy: strategyName }, never);
      const newest = single(await claim(), "claims");
      isHigher(newest, older);
      await poller.settle(accepted([newest]));
      assert.deepEqual(await claim(), []);
    }),
    onScene(
      "many claimers of either kind never hold two deliveries of one key, and see its revisions grow",
      async ({ fixture, fold, poller, counts }) => {
        const other = (await fixture.openSession?.())?.poller;
        assert.ok(other !== undefined, "the fixture has no openSession");
        const names = ["a", "b", "c", "d"];
        const held = new Set<string>();
        const last = new Map<string, Claim>();
        const take = (claims: readonly Claim[]) => {
          for (const claim of claims) {
            const { key } = claim;
            assert.ok(!held.has(key), `two deliveries of ${key} were held at once`);
            held.add(key);
            const before = last.get(key);
            if (before !== undefined) isHigher(claim, before);
            last.set(key, claim);
          }
          return claims;
        };
        const giveBack = async (from: typeof poller, claims: readonly Claim[]): Promise<void> => {
          // Another may have the key as soon as the database has settled it, before this worker is told.
          for (const { key } of claims) held.delete(key);
          if (claims.length > 0) await from.settle(accepted(claims));
        };
        const work = async (from: typeof poller, strict: boolean): Promise<void> => {
          const claims = take(await from.claim([{ strategy: strategyName, count: 3, strict }], leaseOf(), never));
          await breathe();
          await giveBack(from, claims);
        };
        const work4 = () => Promise.all([0, 1, 2, 3].map((n) => work(n % 2 === 0 ? poller : other, n > 1)));
        for (let change = 0; change < 6; change++) {
          const { claims } = await fold(names, { lease: leaseOf() });
          take(claims);
          await fold([...names, ...names], ordered);
          await work4();
          await giveBack(poller, claims);
          await Promise.all([work4(), fold(names)]);
        }
        await eventually("the end of all changes", async () => {
          await work4();
          return (await counts()) === undefined ? true : undefined;
        });
      },
      "multipleWorkers",
    ),
  ],
};
