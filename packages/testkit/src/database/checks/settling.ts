import assert from "node:assert/strict";
import type { Claim, Failure } from "@syncline/core/spi";
import { eventually, never, sameMembers, single } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import { accepted, item, keyOf, leaseOf, nameOf, namesOf, routeTo } from "../scene.ts";

const failure: Failure = { kind: "transient", code: "http.500", message: "no\u0000thing", effect: "no" };
const hourMs = 3_600_000;

export const settlingChecks: DatabaseCheckGroup = {
  name: "settle",
  checks: [
    onScene("an accepted delivery is gone", async ({ fold, claimOne, poller, claim, backlog }) => {
      await fold(["a"]);
      assert.deepEqual(await poller.settle(accepted([await claimOne()])), ["applied"]);
      assert.deepEqual(await claim(), []);
      assert.deepEqual((await backlog.status(never)).strategies, []);
    }),
    onScene("a change during the flight survives the settle: the delivery is due again at once", async (scene) => {
      const { fold, claimOne, poller } = scene;
      await fold(["a"]);
      const first = await claimOne();
      await fold(["a"]);
      assert.deepEqual(await poller.settle(accepted([first])), ["again"]);
      const second = await claimOne();
      assert.ok(BigInt(second.revision) > BigInt(first.revision), "its revision is higher");
      assert.deepEqual(await poller.settle(accepted([second])), ["applied"]);
    }),
    onScene("a change during the flight leaves the lease alone", async ({ fold, claimOne, claim, poller }) => {
      await fold(["a"]);
      const first = await claimOne();
      await fold(["a"]);
      assert.deepEqual(await claim(), []);
      assert.deepEqual(await poller.renew([first], hourMs), [first.id]);
    }),
    onScene(
      "the revision grows with every fold, also if the change was recorded before what is in flight",
      async ({ fixture, fold, claimOne, poller }) => {
        const late = await fixture.begin();
        await fixture.adapter.recorder.record(late.tx, [item.changed({ name: "a" })]);
        await fold(["a"]);
        const first = await claimOne();
        await late.commit();
        await poller.dispatch(10, routeTo({}), never);
        assert.deepEqual(await poller.settle(accepted([first])), ["again"]);
        assert.ok(BigInt((await claimOne()).revision) > BigInt(first.revision));
      },
      "concurrentTransactions",
    ),
    onScene("the revision of a key grows although its delivery was settled in between", async (scene) => {
      const { fold, claimOne, poller } = scene;
      let last = -1n;
      for (let round = 0; round < 3; round++) {
        await fold(["a", "b"], {}, { strategy: "other" });
        const claims = await scene.claim();
        const mine = single(
          claims.filter((each) => nameOf(each) === "a"),
          "claims of a",
        );
        assert.ok(BigInt(mine.revision) > last, `revision ${mine.revision} after ${last}`);
        last = BigInt(mine.revision);
        await poller.settle(accepted(claims));
      }
      await assert.rejects(claimOne(), "nothing is left");
    }),
    onScene(
      "a failed attempt counts, and waits for its back-off",
      async ({ fold, claimOne, claim, poller, counts }) => {
        await fold(["a"]);
        const first = await claimOne();
        assert.deepEqual(await poller.settle([{ result: "retry", claim: first, delayMs: 0, failure }]), ["applied"]);
        const second = await claimOne();
        assert.equal(second.attempts, 1);
        await poller.settle([{ result: "retry", claim: second, delayMs: hourMs, failure }]);
        assert.deepEqual(await claim(), []);
        const { due, waiting, leased } = (await counts()) ?? {};
        assert.deepEqual([due, waiting, leased], [0, 1, 0]);
      },
    ),
    onScene("what waits for something else keeps its attempts, and can be hastened", async (scene) => {
      const { fold, claim, poller, counts } = scene;
      await fold(["a", "b", "c"]);
      const [waits, fails, leased] = await claim();
      assert.ok(waits !== undefined && fails !== undefined && leased !== undefined);
      const missing: Failure = { ...failure, kind: "dependency" };
      await poller.settle([
        { result: "released", claim: waits, delayMs: hourMs, failure: missing },
        { result: "retry", claim: fails, delayMs: hourMs, failure },
      ]);
      assert.deepEqual(await claim(), []);
      assert.equal((await counts())?.waiting, 2);
      const { hasten } = poller;
      if (hasten === undefined) return;
      const wake = (strategy: string, limit = 10) => hasten.call(poller, strategy, limit, never);
      assert.equal(await wake("nobody's"), 0);
      assert.equal(await wake(waits.strategy), 1);
      assert.equal(await wake(waits.strategy), 0, "what is due already");
      const again = await scene.claimOne();
      assert.deepEqual([again.id, again.attempts, again.lapsed], [waits.id, 0, false]);
      assert.deepEqual(await poller.settle(accepted([leased])), ["applied"], "what is leased stays so");
    }),
    onScene("hastens no more than it was asked to, the next due first", async ({ fold, claim, claimOne, poller }) => {
      const { hasten } = poller;
      if (hasten === undefined) return;
      await fold(["a", "b", "c"]);
      const claims = await claim();
      const missing: Failure = { ...failure, kind: "dependency" };
      await poller.settle(
        claims.map((each, index) => ({
          result: "released",
          claim: each,
          delayMs: hourMs * (claims.length - index),
          failure: missing,
        })),
      );
      assert.equal(await hasten.call(poller, claims[0]?.strategy ?? "", 1, never), 1);
      assert.equal((await claimOne()).id, claims.at(-1)?.id);
    }),
    onScene("released work is put back without a mark against it", async ({ fold, claimOne, claim, poller }) => {
      await fold(["a"]);
      await poller.settle([{ result: "released", claim: await claimOne(), delayMs: 0 }]);
      const second = await claimOne();
      assert.equal(second.attempts, 0);
      await poller.settle([{ result: "released", claim: second, delayMs: hourMs }]);
      assert.deepEqual(await claim(), []);
    }),
    onScene("a new change does not shorten a back-off", async ({ fold, claimOne, claim, poller, counts }) => {
      await fold(["a"]);
      await poller.settle([{ result: "retry", claim: await claimOne(), delayMs: hourMs, failure }]);
      const { folded } = await fold(["a"], { lease: leaseOf() });
      assert.equal(folded, 1);
      assert.deepEqual(await claim(), []);
      const { due, waiting } = (await counts()) ?? {};
      assert.deepEqual([due, waiting], [0, 1]);
    }),
    onScene("accepted with newer changes, a delivery starts afresh", async ({ fold, claimOne, poller }) => {
      await fold(["a"], { firstRecordedAt: 1_000 });
      await poller.settle([{ result: "retry", claim: await claimOne(), delayMs: 0, failure }]);
      const second = await claimOne();
      assert.deepEqual([second.attempts, second.firstRecordedAt], [1, 1_000]);
      await fold(["a"]);
      assert.deepEqual(await poller.settle(accepted([second])), ["again"]);
      const third = await claimOne();
      assert.equal(third.attempts, 0);
      assert.ok(third.firstRecordedAt > 1_000, "it counts from the change that is not delivered yet");
    }),
    onScene("a lease that lapsed settles as long as nobody else has taken it", async (scene) => {
      const { fold, claim, claimOne, counts, poller } = scene;
      await fold(["a"]);
      const lapsed = await claimOne(leaseOf(1));
      await eventually("the end of the lease", async () => ((await counts())?.due === 1 ? true : undefined));
      assert.deepEqual(await poller.settle(accepted([lapsed])), ["applied"]);
      assert.deepEqual(await claim(), []);
    }),
    onScene("settling twice is late the second time", async ({ fold, claimOne, poller }) => {
      await fold(["a"]);
      const only = await claimOne();
      assert.deepEqual(await poller.settle(accepted([only])), ["applied"]);
      assert.deepEqual(await poller.settle(accepted([only])), ["late"]);
      assert.deepEqual(await poller.settle([{ result: "dead", claim: only, failure }]), ["late"]);
    }),
    onScene("what was released, retried or buried cannot be settled again with its old token", async (scene) => {
      const { fold, claim, poller } = scene;
      await fold(["a", "b", "c"]);
      const [a, b, c] = (await claim()) as readonly [Claim, Claim, Claim];
      await poller.settle([
        { result: "released", claim: a, delayMs: hourMs },
        { result: "retry", claim: b, delayMs: hourMs, failure },
        { result: "dead", claim: c, failure },
      ]);
      assert.deepEqual(await poller.settle(accepted([a, b, c])), ["late", "late", "late"]);
      assert.deepEqual(await poller.renew([a, b, c], 1), []);
    }),
    onScene(
      "each settlement of a batch has its own effect, in the order given",
      async ({ fold, claim, poller, backlog }) => {
        const names = ["z", "a", "m", "again", "late", "q", "h"];
        await fold(names);
        const claims = new Map((await claim()).map((each) => [nameOf(each), each]));
        const of = (name: string) => claims.get(name) as Claim;
        await fold(["again", "a"]);
        const effects = await poller.settle([
          { result: "dead", claim: of("z"), failure },
          { result: "released", claim: of("a"), delayMs: 0 },
          { result: "accepted", claim: of("m") },
          { result: "accepted", claim: of("again") },
          { result: "accepted", claim: { ...of("late"), token: crypto.randomUUID() } },
          { result: "retry", claim: of("q"), delayMs: hourMs, failure },
          { result: "held", claim: of("h"), failure },
        ]);
        assert.deepEqual(effects, ["applied", "applied", "applied", "again", "late", "applied", "applied"]);
        sameMembers(namesOf(await claim()), ["a", "again"], "these are due");
        const { items } = await backlog.deadLetters({}, never);
        sameMembers(
          items.map((each) => [nameOf(each), each.state]),
          [
            ["z", "dead"],
            ["h", "held"],
          ],
          "dead letters",
        );
      },
    ),
    onScene(
      "two thousand deliveries are leased, renewed and settled in one go each",
      async ({ fold, poller, counts }) => {
        const { claims } = await fold(
          Array.from({ length: 2_000 }, (_, index) => `n${index}`),
          { lease: leaseOf() },
        );
        assert.equal(claims.length, 2_000);
        assert.equal((await poller.renew(claims, hourMs)).length, 2_000);
        assert.deepEqual(new Set(await poller.settle(accepted(claims))), new Set(["applied"]));
        assert.equal(await counts(), undefined);
      },
    ),
    onScene("a key keeps its delivery's identity over attempts", async ({ fold, claimOne, poller }) => {
      await fold(["a"]);
      const first = await claimOne();
      await poller.settle([{ result: "retry", claim: first, delayMs: 0, failure }]);
      const second = await claimOne();
      assert.deepEqual(
        [second.id, second.key, second.revision, second.epoch],
        [first.id, keyOf("a"), first.revision, 0],
      );
    }),
  ],
};
