import assert from "node:assert/strict";
import type { Claim, Failure } from "@syncline/core/spi";
import { breathe, eventually, never, sameMembers, single } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import { accepted, leaseOf, nameOf, namesOf, strategyName } from "../scene.ts";

const failure: Failure = { kind: "rejected", code: "x", message: "no", effect: "no" };
/** How a strategy writes that does not coalesce. */
const ordered = { strict: true } as const;

const isOrdered = ({ ordinal }: Claim) => ordinal !== "0";

/**
 * A strategy may be switched from one to the other while deliveries wait, and workers with either
 * revision run at once.
 */
export const changedModeChecks: DatabaseCheckGroup = {
  name: "one delivery of a key at a time, in whichever mode it was written",
  checks: [
    onScene("what was written one by one goes out so, and before what folds after it", async (scene) => {
      const { fold, claim, poller } = scene;
      await fold(["a", "a", "b"], ordered);
      await fold(["a", "c"]);
      const first = await claim();
      sameMembers(namesOf(first), ["a", "b", "c"], "one of each key");
      const claims = first.filter((each) => nameOf(each) === "a");
      await poller.settle(accepted(first));
      for (let round = 0; round < 2; round++) {
        const next = single(await claim(), "claims");
        assert.deepEqual(await claim(), [], "while that is in flight");
        await poller.settle(accepted([next]));
        claims.push(next);
      }
      assert.deepEqual(claims.map(isOrdered), [true, true, false]);
      const revisions = claims.map(({ revision }) => BigInt(revision));
      assert.ok((revisions[0] ?? 0n) < (revisions[1] ?? 0n));
      assert.deepEqual(await claim(), []);
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
    onScene("a claim of either kind keeps the order, whichever workers run", async (scene) => {
      const { fold, claim, claimStrict, poller } = scene;
      await fold(["a"], ordered);
      await fold(["a"]);
      await fold(["a"], ordered);
      // Folds into the one in the middle, which keeps its place.
      await fold(["a"]);
      const claims: Claim[] = [];
      for (const [mine, others] of [
        [claim, claimStrict],
        [claimStrict, claim],
        [claim, claimStrict],
      ] as const) {
        const next = single(await mine(), "claims");
        assert.deepEqual(await others(), [], "while that is in flight");
        await poller.settle(accepted([next]));
        claims.push(next);
      }
      assert.deepEqual(claims.map(isOrdered), [true, false, true]);
    }),
    onScene("dispatch leases nothing of a key that has an older change, waiting or in flight", async (scene) => {
      const { fold, claim, poller } = scene;
      await fold(["a"], ordered);
      assert.deepEqual(namesOf((await fold(["a", "b"], { lease: leaseOf() })).claims), ["b"]);
      const first = single(await claim(), "claims");
      assert.ok(isOrdered(first));
      await fold(["c"], ordered);
      sameMembers(namesOf(await claim()), ["c"], "claims");
      assert.deepEqual(namesOf((await fold(["c", "d"], { lease: leaseOf() })).claims), ["d"]);
      await poller.settle(accepted([first]));
      assert.ok(!isOrdered(single(await claim(), "claims")));
    }),
    onScene("what folds passes an older change that is dead, and what is stopped by it", async (scene) => {
      const { fold, claim, claimStrict, poller, backlog, counts } = scene;
      await fold(["a", "a"], ordered);
      const poison = single(await claimStrict(), "claims");
      await poller.settle([{ result: "dead", claim: poison, failure }]);
      assert.deepEqual(await claim(), [], "what was written one by one stops at a dead letter");
      assert.equal((await fold(["a"])).inserted, 1);
      const newest = single(await claim(), "claims");
      assert.ok(!isOrdered(newest), "the newest state gets out");
      await backlog.requeue({ strategy: strategyName }, never);
      assert.deepEqual(await claim(), [], "what is requeued waits for what is in flight");
      await poller.settle(accepted([newest]));
      const again = single(await claim(), "claims");
      assert.equal(again.id, poison.id);
      await poller.settle([{ result: "dead", claim: again, failure }]);
      const leased = await fold(["a"], { lease: leaseOf() });
      assert.deepEqual(namesOf(leased.claims), ["a"], "a dispatch may lease what may be claimed");
      const { due, blocked, dead, leased: inFlight } = (await counts()) ?? {};
      assert.deepEqual({ due, blocked, dead, inFlight }, { due: 0, blocked: 1, dead: 1, inFlight: 1 });
    }),
    onScene("what folds waits behind an older change that is held, and is counted as blocked", async (scene) => {
      const { fold, claim, poller, backlog, counts } = scene;
      await fold(["a"], ordered);
      await poller.settle([{ result: "held", claim: single(await claim(), "claims"), failure }]);
      const leased = await fold(["a", "b"], { lease: leaseOf() });
      assert.deepEqual(namesOf(leased.claims), ["b"]);
      assert.deepEqual(await claim(), []);
      const { due, blocked, held } = (await counts()) ?? {};
      assert.deepEqual({ due, blocked, held }, { due: 0, blocked: 1, held: 1 });
      await backlog.discard({ strategy: strategyName }, never);
      assert.deepEqual(namesOf(await claim()), ["a"]);
    }),
    onScene(
      "many claimers of either kind never hold two deliveries of one key",
      async ({ fixture, fold, poller, counts }) => {
        const other = (await fixture.openSession?.())?.poller;
        assert.ok(other !== undefined, "the fixture has no openSession");
        const names = ["a", "b", "c", "d"];
        const held = new Set<string>();
        const take = (claims: readonly Claim[]) => {
          for (const { key } of claims) {
            assert.ok(!held.has(key), `two deliveries of ${key} were held at once`);
            held.add(key);
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
          await fold([...names, ...names], ordered);
          const { claims } = await fold(names, { lease: leaseOf() });
          take(claims);
          await work4();
          await giveBack(poller, claims);
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
