import assert from "node:assert/strict";
import type { Claim, Failure } from "@syncline/core/spi";
import { breathe, eventually, never, sameMembers, single } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import { accepted, item, leaseOf, nameOf, namesOf, routeTo, strategyName } from "../scene.ts";

const failure: Failure = { kind: "rejected", code: "x", message: "no", effect: "no" };
const strict = { strict: true } as const;

export const strictOrderChecks: DatabaseCheckGroup = {
  name: "every change, in order per key",
  checks: [
    onScene("each change is a delivery of its own", async ({ fold, counts }) => {
      assert.equal((await fold(["a", "a", "b"], strict)).inserted, 3);
      assert.equal((await counts())?.due, 3);
    }),
    onScene("only a key's oldest undelivered change is claimed, one after the other", async (scene) => {
      const { fold, claimStrict, poller } = scene;
      await fold(["a", "a", "b"], strict);
      await fold(["a"], strict);
      const first = await claimStrict();
      sameMembers(namesOf(first), ["a", "b"], "one of each key");
      assert.deepEqual(await claimStrict(), []);
      const ordinals = first.filter((each) => nameOf(each) === "a").map(({ ordinal }) => BigInt(ordinal));
      await poller.settle(accepted(first));
      for (let round = 0; round < 2; round++) {
        const claims = await claimStrict();
        ordinals.push(BigInt(single(claims, "claims").ordinal));
        await poller.settle(accepted(claims));
      }
      assert.deepEqual(
        ordinals,
        [...ordinals].sort((a, b) => (a < b ? -1 : 1)),
      );
      assert.deepEqual(await claimStrict(), []);
    }),
    onScene("a claim of such changes heeds its count and a pause, oldest due first", async (scene) => {
      const { fold, claimStrict, backlog } = scene;
      for (const name of ["z", "a", "m"]) await fold([name, name], strict);
      await backlog.pause(strategyName, never);
      assert.deepEqual(await claimStrict(), []);
      await backlog.resume(strategyName, never);
      assert.deepEqual(namesOf(await claimStrict(2)), ["z", "a"]);
      assert.deepEqual(namesOf(await claimStrict(2)), ["m"]);
    }),
    onScene(
      "many concurrent claimers never hold two changes of one key, and deliver them in order",
      async ({ fixture, fold, poller, counts }) => {
        const other = (await fixture.openSession?.())?.poller;
        assert.ok(other !== undefined, "the fixture has no openSession");
        const names = ["a", "b", "c", "d", "e"];
        for (let change = 0; change < 6; change++) await fold(names, strict);
        const held = new Set<string>();
        const delivered = new Map<string, bigint>();
        const demands = [{ strategy: strategyName, count: 2, strict: true }];
        const work = async (from: typeof poller): Promise<void> => {
          const claims = await from.claim(demands, leaseOf(), never);
          for (const { key, ordinal } of claims) {
            assert.ok(!held.has(key), `two changes of ${key} were held at once`);
            held.add(key);
            assert.ok(BigInt(ordinal) > (delivered.get(key) ?? -1n), `${key}: ${ordinal} after ${delivered.get(key)}`);
            delivered.set(key, BigInt(ordinal));
          }
          await breathe();
          // Another may have the key as soon as the database has settled it, before this worker is told.
          for (const { key } of claims) held.delete(key);
          if (claims.length > 0) await from.settle(accepted(claims));
        };
        await eventually("the end of all changes", async () => {
          await Promise.all(Array.from({ length: 8 }, (_, index) => work(index % 2 === 0 ? poller : other)));
          return (await counts()) === undefined ? true : undefined;
        });
        assert.equal(delivered.size, names.length);
      },
      "multipleWorkers",
    ),
    onScene("a change that waits for its retry holds its key back, and no other", async (scene) => {
      const { fold, claimStrict, poller } = scene;
      await fold(["a", "a", "b", "b"], strict);
      const claims = await claimStrict();
      await poller.settle(
        claims.map((claim) =>
          nameOf(claim) === "a"
            ? { result: "retry", claim, delayMs: 3_600_000, failure }
            : { result: "accepted", claim },
        ),
      );
      assert.deepEqual(namesOf(await claimStrict()), ["b"]);
    }),
    onScene("a dead letter stops its key until a person has requeued or discarded it", async (scene) => {
      const { fold, claimStrict, poller, backlog } = scene;
      await fold(["a", "a", "a"], strict);
      const first = single(await claimStrict(), "claims");
      await poller.settle([{ result: "dead", claim: first, failure }]);
      assert.deepEqual(await claimStrict(), []);
      await backlog.requeue({ strategy: strategyName }, never);
      const again = single(await claimStrict(), "claims");
      assert.equal(again.ordinal, first.ordinal);
      await poller.settle([{ result: "held", claim: again, failure }]);
      assert.deepEqual(await claimStrict(), []);
      await backlog.discard({ strategy: strategyName }, never);
      const next = single(await claimStrict(), "claims");
      assert.ok(BigInt(next.ordinal) > BigInt(first.ordinal));
    }),
    onScene("a new change does not revive a dead one", async ({ fold, claimStrict, poller, backlog, counts }) => {
      await fold(["a"], strict);
      await poller.settle([{ result: "dead", claim: single(await claimStrict(), "claims"), failure }]);
      assert.equal((await fold(["a"], strict)).inserted, 1);
      assert.equal((await backlog.deadLetters({}, never)).items.length, 1);
      const { due, blocked } = (await counts()) ?? {};
      assert.deepEqual([due, blocked], [0, 1], "what waits behind it is counted apart");
      assert.deepEqual(await claimStrict(), []);
    }),
    onScene("dispatch leases only the lowest of a key, and only while there is no other", async ({ fold }) => {
      const first = await fold(["a", "b", "a"], { ...strict, lease: leaseOf() });
      sameMembers(namesOf(first.claims), ["a", "b"], "the first of each key");
      const second = await fold(["a", "c"], { ...strict, lease: leaseOf() });
      assert.deepEqual(namesOf(second.claims), ["c"]);
    }),
    onScene("a lapsed lease is claimed again before what came later", async ({ fold, poller, claimStrict }) => {
      await fold(["a", "a"], strict);
      const demands = [{ strategy: strategyName, count: 5, strict: true }];
      const first = single(await poller.claim(demands, leaseOf(1), never), "claims");
      const again = await eventually("a lapsed lease's claim", async () => (await claimStrict())[0]);
      assert.deepEqual([again.id, again.attempts], [first.id, 1]);
      assert.deepEqual(await claimStrict(), []);
    }),
    onScene(
      "an older change that was committed late goes out after what was dispatched before it",
      async ({ fixture, fold, poller, claimStrict }) => {
        const late = await fixture.begin();
        await fixture.adapter.recorder.record(late.tx, [item.changed({ name: "a" })]);
        await fold(["a", "a"], strict);
        const claims: Claim[] = [single(await claimStrict(), "claims")];
        await late.commit();
        await poller.dispatch(10, routeTo(strict), never);
        assert.deepEqual(await claimStrict(), [], "while another one is in flight");
        for (let round = 0; round < 2; round++) {
          await poller.settle(accepted(claims.slice(-1)));
          claims.push(single(await claimStrict(), "claims"));
        }
        const revisions = claims.map(({ revision }) => BigInt(revision));
        assert.deepEqual(
          revisions,
          [...revisions].sort((a, b) => (a < b ? -1 : 1)),
          "the revisions never go backwards",
        );
      },
      "concurrentTransactions",
    ),
  ],
};
