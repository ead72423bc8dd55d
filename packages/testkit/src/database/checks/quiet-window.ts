import assert from "node:assert/strict";
import { eventually } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import { leaseOf, namesOf, type Scene } from "../scene.ts";

const hourMs = 3_600_000;
const brief = { quietMs: 1, maxMs: 2 * hourMs };
const long = { quietMs: hourMs, maxMs: 2 * hourMs };

/** Until the quiet window of a delivery of now, as short as can be, has passed by the database's clock. */
async function untilAWindowHasPassed({ fold, claim }: Scene): Promise<readonly string[]> {
  await fold(["marker"], { debounce: brief });
  const seen: string[] = [];
  await eventually("the end of a quiet window", async () => {
    seen.push(...namesOf(await claim()));
    return seen.includes("marker") ? true : undefined;
  });
  return seen.filter((name) => name !== "marker");
}

export const quietWindowChecks: DatabaseCheckGroup = {
  name: "quiet windows",
  checks: [
    onScene("a quiet window holds a new delivery back, and is never leased by dispatch", async (scene) => {
      const { claims, inserted } = await scene.fold(["a"], { debounce: long, lease: leaseOf() });
      assert.deepEqual([claims, inserted], [[], 1]);
      assert.deepEqual(await scene.claim(), []);
      assert.equal((await scene.counts())?.waiting, 1);
    }),
    onScene("a quiet window ends", async (scene) => {
      await scene.fold(["a"], { debounce: brief });
      const claim = await eventually("the end of a quiet window", async () => (await scene.claim())[0]);
      assert.deepEqual([claim.key, claim.attempts], [`{"name":"a"}`, 0]);
    }),
    onScene("a further change puts a delivery off that waits to be quiet", async (scene) => {
      await scene.fold(["a"], { debounce: { quietMs: 2_000, maxMs: hourMs } });
      await scene.fold(["a"], { debounce: long });
      await scene.fold(["b"], { debounce: { quietMs: 2_000, maxMs: hourMs } });
      const first = await eventually("the end of a window that began later", async () => (await scene.claim())[0]);
      assert.equal(first.key, `{"name":"b"}`);
      assert.deepEqual(await scene.claim(), []);
    }),
    onScene("no key waits longer than the window's maximum after its first change", async (scene) => {
      const { fold, claimOne, claim, record, poller } = scene;
      await record("a");
      let now = 0;
      await poller.dispatch(
        1,
        (changes) => {
          now = changes[0]?.recordedAt ?? 0;
          return undefined;
        },
        new AbortController().signal,
      );
      await scene.dispatch({ debounce: { quietMs: hourMs, maxMs: hourMs }, firstRecordedAt: now });
      assert.deepEqual(await claim(), []);
      await fold(["a"], { debounce: { quietMs: hourMs, maxMs: hourMs }, firstRecordedAt: now - 2 * hourMs });
      await claimOne();
    }),
    onScene("a change with a quiet window does not shorten a back-off", async (scene) => {
      const { fold, claimOne, poller } = scene;
      await fold(["a"]);
      await poller.settle([{ result: "released", claim: await claimOne(), delayMs: hourMs }]);
      await fold(["a"], { debounce: brief });
      assert.deepEqual(await untilAWindowHasPassed(scene), []);
    }),
    onScene("a change with a quiet window does not hold back what is due already", async ({ fold, claimOne }) => {
      await fold(["a"]);
      await fold(["a"], { debounce: long });
      await claimOne();
    }),
  ],
};
