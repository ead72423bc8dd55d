import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Claim, DeadLetter, DeadLetterFilter, Failure } from "@syncline/core/spi";
import { never, rejectsWith, sameMembers, single } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import { accepted, leaseOf, namesOf, type Scene, strategyName } from "../scene.ts";

const failure: Failure = { kind: "rejected", code: "http.422", message: "no such 'customer' 🚲", effect: "no" };

async function bury(
  scene: Scene,
  names: readonly string[],
  result: "dead" | "held" = "dead",
  strategy = strategyName,
  of = failure,
) {
  const { claims } = await scene.fold(names, { strategy, lease: leaseOf() });
  assert.equal(claims.length, names.length);
  await scene.poller.settle(claims.map((claim) => ({ result, claim, failure: of })));
}

/** Two causes, one of them at two strategies; times of death that differ. */
async function burySeveral(scene: Scene): Promise<void> {
  const transient: Failure = { ...failure, kind: "transient", code: "http.500" };
  await bury(scene, ["a"]);
  await sleep(5);
  await bury(scene, ["b_%"], "held");
  await bury(scene, ["c"], "dead", strategyName, transient);
  await bury(scene, ["d"], "dead", "other", transient);
}

async function lettersOf({ backlog }: Scene, strategy?: string): Promise<readonly DeadLetter[]> {
  return (await backlog.deadLetters(strategy === undefined ? {} : { strategy }, never)).items;
}

export const deadLetterChecks: DatabaseCheckGroup = {
  name: "dead letters",
  checks: [
    onScene("a dead letter is kept with its key and what happened, and is not claimed", async (scene) => {
      const before = await scene.fold(["a"], { operation: "delete", lease: leaseOf() });
      const claim = single(before.claims, "claims");
      assert.deepEqual(await scene.poller.settle([{ result: "dead", claim, failure }]), ["applied"]);
      assert.deepEqual(await scene.claim(), []);
      const { diedAt, ...letter } = single(await lettersOf(scene), "dead letters");
      assert.ok(Number.isFinite(diedAt) && diedAt > 0);
      assert.deepEqual(letter, {
        id: claim.id,
        strategy: strategyName,
        key: claim.key,
        state: "dead",
        operation: "delete",
        attempts: 1,
        epoch: 0,
        failure: { kind: "rejected", code: "http.422", message: "no such 'customer' 🚲" },
      });
    }),
    onScene("what happened is kept as far as there is room, however much there is to say", async (scene) => {
      const { claims } = await scene.fold(["a"], { lease: leaseOf() });
      const claim = single(claims, "claims");
      const long: Failure = { ...failure, code: `http.${"c".repeat(2_000)}`, message: "🚲".repeat(5_000) };
      assert.deepEqual(await scene.poller.settle([{ result: "retry", claim, delayMs: 0, failure: long }]), ["applied"]);
      const again = await scene.claimOne();
      assert.deepEqual(await scene.poller.settle([{ result: "dead", claim: again, failure: long }]), ["applied"]);
      const letter = single(await lettersOf(scene), "dead letters");
      assert.match(letter.failure.code, /^http\.c+/);
      assert.match(letter.failure.message, /^(🚲){50}/u);
    }),
    onScene("a new change revives a dead letter with fresh attempts, due at once", async (scene) => {
      const { fold, claimOne, poller } = scene;
      await fold(["a"]);
      await poller.settle([{ result: "retry", claim: await claimOne(), delayMs: 0, failure }]);
      await poller.settle([{ result: "dead", claim: await claimOne(), failure }]);
      assert.equal((await fold(["a"])).folded, 1);
      assert.deepEqual(await lettersOf(scene), []);
      const revived = await claimOne();
      assert.deepEqual([revived.attempts, revived.epoch], [0, 0]);
    }),
    onScene("what is refused although newer changes had come is due again instead of dead", async (scene) => {
      const { fold, claimOne, poller } = scene;
      await fold(["a"], { firstRecordedAt: 1_000 });
      await poller.settle([{ result: "retry", claim: await claimOne(), delayMs: 0, failure }]);
      const second = await claimOne();
      await fold(["a"]);
      assert.deepEqual(await poller.settle([{ result: "dead", claim: second, failure }]), ["again"]);
      assert.deepEqual(await lettersOf(scene), []);
      const third = await claimOne();
      assert.deepEqual([third.attempts, third.firstRecordedAt], [0, 1_000], "it waits since its oldest change");
    }),
    onScene("what is held for a person stays held when a new change comes", async (scene) => {
      await bury(scene, ["a"], "held");
      assert.equal((await scene.fold(["a"])).folded, 1);
      assert.deepEqual(await scene.claim(), []);
      assert.equal(single(await lettersOf(scene), "held deliveries").state, "held");
    }),
    onScene("what is held although newer changes had come is held all the same", async (scene) => {
      await scene.fold(["a"]);
      const claim = await scene.claimOne();
      await scene.fold(["a"]);
      assert.deepEqual(await scene.poller.settle([{ result: "held", claim, failure }]), ["applied"]);
      assert.deepEqual(await scene.claim(), []);
    }),
    onScene("requeue makes dead and held ones due now, with fresh attempts and the next epoch", async (scene) => {
      await bury(scene, ["a"]);
      await bury(scene, ["b"], "held");
      assert.equal(await scene.backlog.requeue({ strategy: strategyName }, never), 2);
      assert.deepEqual(await lettersOf(scene), []);
      const claims = await scene.claim();
      sameMembers(namesOf(claims), ["a", "b"], "both are due");
      assert.ok(claims.every(({ epoch, attempts }) => epoch === 1 && attempts === 0));
      await scene.poller.settle(claims.map((claim) => ({ result: "dead", claim, failure })));
      await scene.backlog.requeue({ strategy: strategyName }, never);
      assert.deepEqual(
        (await scene.claim()).map(({ epoch }) => epoch),
        [2, 2],
      );
    }),
    onScene("requeue takes those of the ids given, and no others", async (scene) => {
      await bury(scene, ["a", "b", "c"]);
      const letters = await lettersOf(scene);
      const ids = [letters[0]?.id ?? "", letters[2]?.id ?? "", "999999999999"];
      assert.equal(await scene.backlog.requeue({ ids }, never), 2);
      assert.deepEqual(
        (await lettersOf(scene)).map(({ id }) => id),
        [letters[1]?.id],
      );
    }),
    onScene("two thousand dead letters are requeued, and discarded, by their ids in one go each", async (scene) => {
      const names = Array.from({ length: 2_000 }, (_, index) => `n${index}`);
      const { claims } = await scene.fold(names, { lease: leaseOf() });
      const ids = claims.map(({ id }) => id);
      await scene.poller.settle(claims.map((claim) => ({ result: "dead", claim, failure })));
      assert.equal(await scene.backlog.requeue({ ids }, never), 2_000);
      const again = await scene.claim(2_000);
      assert.equal(again.length, 2_000);
      await scene.poller.settle(again.map((claim) => ({ result: "dead", claim, failure })));
      assert.equal(await scene.backlog.discard({ ids }, never), 2_000);
      assert.equal(await scene.counts(), undefined);
    }),
    onScene("requeue leaves what is alive alone", async (scene) => {
      await scene.fold(["leased", "due"]);
      const claim = single(await scene.claim(1), "claims");
      assert.equal(await scene.backlog.requeue({ ids: [claim.id] }, never), 0);
      assert.equal(await scene.backlog.requeue({ strategy: strategyName }, never), 0);
      assert.deepEqual(await scene.poller.settle(accepted([claim])), ["applied"]);
      assert.deepEqual(
        (await scene.claim()).map(({ epoch }) => epoch),
        [0],
      );
    }),
    onScene("discard forgets dead and held ones, and nothing else", async (scene) => {
      await bury(scene, ["a", "b"]);
      await bury(scene, ["c"], "held");
      await bury(scene, ["d"], "dead", "other");
      const { claims } = await scene.fold(["alive"], { lease: leaseOf() });
      const [first] = await lettersOf(scene);
      const alive = single(claims, "claims");
      assert.equal(await scene.backlog.discard({ ids: [first?.id ?? "", alive.id] }, never), 1);
      assert.equal(await scene.backlog.discard({ strategy: strategyName }, never), 2);
      assert.deepEqual(namesOf(await lettersOf(scene)), ["d"]);
      assert.deepEqual(await scene.poller.settle(accepted([alive])), ["applied"]);
    }),
    onScene("dead letters come by page, oldest first, each once", async (scene) => {
      const names = ["a", "b", "c", "d", "e"];
      for (const name of names) await bury(scene, [name]);
      await bury(scene, ["x"], "held", "other");
      const pages: (readonly string[])[] = [];
      let after: string | undefined;
      do {
        const page = await scene.backlog.deadLetters({ limit: 2, ...(after === undefined ? {} : { after }) }, never);
        pages.push(namesOf(page.items));
        after = page.next;
      } while (after !== undefined && pages.length < 10);
      assert.deepEqual(pages.flat(), [...names, "x"]);
      assert.ok(pages.every((page) => page.length <= 2));
      assert.deepEqual(namesOf(await lettersOf(scene, "other")), ["x"]);
    }),
    onScene("the last page says that it is the last", async (scene) => {
      await bury(scene, ["a", "b"]);
      for (const limit of [5, 2]) {
        const { items, next } = await scene.backlog.deadLetters({ limit }, never);
        assert.deepEqual([items.length, next], [2, undefined], `two dead letters, a page of ${limit}`);
      }
    }),
    onScene("dead letters are found by key, kind, code, state and age", async (scene) => {
      if (scene.backlog.causes === undefined) return;
      await burySeveral(scene);
      const found = async (filter: DeadLetterFilter) =>
        namesOf((await scene.backlog.deadLetters(filter, never)).items).join();
      assert.equal(await found({ strategy: "other" }), "d");
      assert.equal(await found({ key: "b_" }), "b_%", "a part of the key, in which nothing is a pattern");
      assert.equal(await found({ key: "B" }), "", "as it is written");
      assert.equal(await found({ kind: "transient" }), "c,d");
      assert.equal(await found({ code: "http.422" }), "a,b_%");
      assert.equal(await found({ state: "held" }), "b_%");
      assert.equal(await found({ code: "http.422", state: "dead" }), "a");
      assert.equal(await found({ olderThanMs: 3_600_000 }), "");
      assert.equal(await found({ olderThanMs: 0 }), "a,b_%,c,d");
      assert.deepEqual(namesOf((await scene.backlog.deadLetters({ kind: "transient", limit: 1 }, never)).items), ["c"]);
    }),
    onScene("causes are counted by strategy, kind and code, the most frequent first", async (scene) => {
      const { causes } = scene.backlog;
      if (causes === undefined) return;
      assert.deepEqual(await causes.call(scene.backlog, {}, never), []);
      await burySeveral(scene);
      await scene.fold(["alive"]);
      const [first, ...others] = await causes.call(scene.backlog, {}, never);
      assert.ok(first !== undefined);
      const { oldestDiedAt, newestDiedAt, ...cause } = first;
      assert.deepEqual(cause, {
        ...{ strategy: strategyName, kind: "rejected", code: "http.422", message: failure.message },
        ...{ count: 2, held: 1 },
      });
      const times = (await lettersOf(scene))
        .filter(({ failure }) => failure.kind === "rejected")
        .map((each) => each.diedAt);
      assert.deepEqual([oldestDiedAt, newestDiedAt], [Math.min(...times), Math.max(...times)]);
      sameMembers(
        others.map(({ strategy, kind, code, count, held }) => [strategy, kind, code, count, held].join()),
        [`${strategyName},transient,http.500,1,0`, "other,transient,http.500,1,0"],
        "the other causes",
      );
      assert.equal((await causes.call(scene.backlog, { strategy: "other" }, never)).length, 1);
      assert.equal((await causes.call(scene.backlog, { code: "http.404" }, never)).length, 0);
    }),
    onScene("ids that are none are refused, all named at once", async ({ backlog }) => {
      const refused = backlog.requeue({ ids: ["1", "x", "1; DROP"] }, never);
      await rejectsWith(["config.invalid"], "a requeue of ids that are none", refused);
      const problems = await refused.catch((error: { readonly problems: readonly unknown[] }) => error.problems);
      assert.equal((problems as readonly unknown[]).length, 2);
      await rejectsWith(["config.invalid"], "a page after what is no id", backlog.deadLetters({ after: "x" }, never));
    }),
    onScene("an abandoned delivery's lease does not outlive its burial", async (scene) => {
      await bury(scene, ["a"]);
      await scene.backlog.requeue({ strategy: strategyName }, never);
      const first: Claim = await scene.claimOne();
      assert.equal(first.attempts, 0, "it does not count as a lapsed lease");
    }),
  ],
};
