import assert from "node:assert/strict";
import type { Effect } from "@syncline/core/spi";
import type { CheckGroup } from "../../suite/check.ts";
import type { RefusalKind } from "../downstream-control.ts";
import { accepted, failedAs } from "../expectations.ts";
import type { TransportFixture } from "../fixture.ts";
import { type TransportCapability, type TransportCheck, transportCheck } from "../scene.ts";

// A plain refusal certainly did nothing; a downstream that broke down may have acted before.
const refusals: readonly (readonly [kind: RefusalKind, effect: Effect])[] = [
  ["rejected", "no"],
  ["unauthorized", "no"],
  ["misconfigured", "no"],
  ["too-large", "no"],
  ["transient", "maybe"],
  ["unavailable", "maybe"],
];

const refusalChecks: readonly TransportCheck[] = refusals.map(([kind, effect]) =>
  transportCheck(
    `a call refused as ${kind} has failed as ${kind}, effect ${effect}, after one attempt`,
    async (scene) => {
      scene.downstream.next({ act: "refuse", kind });
      failedAs(await scene.invoke(scene.single()), [kind], [effect]);
      assert.equal(await scene.receivedBefore(), 1, "attempts that came in: a transport never tries again by itself");
    },
  ),
);

export const outcomeChecks: CheckGroup<TransportFixture, TransportCapability> = {
  name: "what became of a call",
  checks: [
    transportCheck("a call that is taken is accepted, after one attempt", async (scene) => {
      accepted(await scene.invoke(scene.single()));
      assert.equal(await scene.receivedBefore(), 1, "attempts that came in");
    }),
    ...refusalChecks,
    transportCheck("a throttled call says for how long, after one attempt", async (scene) => {
      scene.downstream.next({ act: "throttle", retryAfterMs: 7_000 });
      const failure = failedAs(await scene.invoke(scene.single()), ["throttled"], ["no", "maybe"]);
      const wish = scene.fixture.throttlesWithoutTime === true ? undefined : 7_000;
      assert.equal(failure.retryAfterMs, wish, "the downstream's own wish, in milliseconds");
      assert.equal(await scene.receivedBefore(), 1, "attempts that came in");
    }),
    transportCheck("a throttled call that may come back at once names no time", async (scene) => {
      scene.downstream.next({ act: "throttle", retryAfterMs: 0 });
      const failure = failedAs(await scene.invoke(scene.single()), ["throttled"], ["no", "maybe"]);
      assert.equal(failure.retryAfterMs, undefined, "a wish of nothing: core's own pauses grow, and are not cut short");
    }),
    transportCheck("an answer that points elsewhere is misconfigured, and is not followed", async (scene) => {
      scene.downstream.next({ act: "divert" });
      failedAs(await scene.invoke(scene.single()), ["misconfigured"], ["no", "maybe"]);
      assert.equal(scene.downstream.diverted, 0, "calls that came to the other address");
      assert.equal(await scene.receivedBefore(), 1, "attempts that came in");
    }),
    transportCheck("a call after a failed one is not touched by it", async (scene) => {
      scene.downstream.next(
        { act: "refuse", kind: "transient" },
        { act: "accept" },
        { act: "refuse", kind: "rejected" },
      );
      failedAs(await scene.invoke(scene.single("1")), ["transient"], ["maybe"]);
      accepted(await scene.invoke(scene.single("2")));
      failedAs(await scene.invoke(scene.single("3")), ["rejected"], ["no"]);
      accepted(await scene.invoke(scene.single("4")));
    }),
  ],
};

export const listChecks: CheckGroup<TransportFixture, TransportCapability> = {
  name: "what became of a list",
  checks: [
    transportCheck(
      "a list arrives as one call with its items in order",
      async (scene) => {
        accepted(await scene.invoke(scene.list(5)));
        const [call, ...more] = scene.downstream.received;
        assert.deepEqual(
          call?.items.map(({ body }) => body),
          ["0", "1", "2", "3", "4"].map((id) => scene.document(id)),
        );
        assert.equal(more.length, 0, "further calls");
      },
      "batch",
    ),
    transportCheck(
      "a list of one is still a list",
      async (scene) => {
        accepted(await scene.invoke(scene.list(1)));
        const [call, ...more] = scene.downstream.received;
        assert.deepEqual([call?.items.length, more.length], [1, 0]);
        assert.notEqual(call?.isList, false, "it came as an item by itself");
      },
      "batch",
    ),
    transportCheck(
      "a list refused as a whole has failed as a whole",
      async (scene) => {
        scene.downstream.next({ act: "refuse", kind: "rejected" });
        failedAs(await scene.invoke(scene.list(3)), ["rejected"], ["no"]);
        scene.downstream.next({ act: "refuse", kind: "too-large" });
        failedAs(await scene.invoke(scene.list(3)), ["too-large"], ["no"]);
      },
      "batch",
    ),
    transportCheck(
      "a list taken but for some items names just these",
      async (scene) => {
        await expectPartial(scene, 5, [1, 3]);
        await expectPartial(scene, 3, [0]);
        await expectPartial(scene, 2, [0, 1]);
      },
      "batch",
      "perItemOutcome",
    ),
  ],
};

async function expectPartial(
  scene: Parameters<Parameters<typeof transportCheck>[1]>[0],
  count: number,
  indices: readonly number[],
): Promise<void> {
  scene.downstream.next({ act: "refuse-items", indices });
  const outcome = await scene.invoke(scene.list(count));
  // Where each item is answered by itself, all of them refused one by one is also the whole list refused.
  if (indices.length === count && outcome.status === "failed") {
    failedAs(outcome, ["rejected"], ["no"]);
    return;
  }
  assert.equal(outcome.status, "partial", `of ${count} items ${indices} were refused`);
  if (outcome.status !== "partial") return;
  assert.deepEqual(outcome.failures.map(({ index }) => index).sort(), indices);
}
