import assert from "node:assert/strict";
import type { CheckGroup } from "../../suite/check.ts";
import { accepted, becomes, failedAs, soon } from "../expectations.ts";
import type { TransportFixture } from "../fixture.ts";
import { dueIn, type TransportCapability, type TransportScene, transportCheck } from "../scene.ts";

const giantBytes = 64 * 1024 * 1024;

export const connectionChecks: CheckGroup<TransportFixture, TransportCapability> = {
  name: "connections that break, and answers that are not as they should be",
  checks: [
    transportCheck("a downstream that cannot be reached is unavailable, effect no", async (scene) => {
      await scene.downstream.stop();
      failedAs(await scene.invoke(scene.single()), ["unavailable"], ["no"]);
    }),
    transportCheck("after the downstream's restart the same transport reaches it", async (scene) => {
      accepted(await scene.invoke(scene.single("1")));
      await scene.downstream.stop();
      failedAs(await scene.invoke(scene.single("2")), ["unavailable", "transient"], ["no", "maybe"]);
      await scene.downstream.start();
      accepted(await scene.invoke(scene.single("3")));
    }),
    transportCheck("a connection cut before the call was received has failed, after one attempt", async (scene) => {
      scene.downstream.next({ act: "cut", when: "before-receiving" });
      failedAs(await scene.invoke(scene.single()), ["transient", "unavailable"], ["no", "maybe"]);
      assert.equal(await scene.receivedBefore(), 0, "attempts that came in whole");
    }),
    transportCheck("a connection cut instead of an answer may have acted, after one attempt", async (scene) => {
      scene.downstream.next({ act: "cut", when: "before-answering", keep: true });
      failedAs(await scene.invoke(scene.single()), ["transient", "unavailable"], ["maybe"]);
      assert.equal(await scene.receivedBefore(), 1, "attempts that came in");
    }),
    transportCheck("a connection cut within the answer never says that nothing happened", async (scene) => {
      scene.downstream.next({ act: "cut", when: "while-answering", keep: true });
      await expectAcknowledgedOrUnclear(scene);
      assert.equal(await scene.receivedBefore(), 1, "attempts that came in");
    }),
    transportCheck("an answer that never comes to its end keeps no call beyond its deadline", async (scene) => {
      scene.downstream.next({ act: "trickle" });
      await expectAcknowledgedOrUnclear(scene);
      await becomes(
        "the connection is given up",
        () => scene.downstream.connections,
        (count) => count === 0,
      );
    }),
    transportCheck("a giant answer is not read to its end", async (scene) => {
      scene.downstream.next({ act: "giant", bytes: giantBytes });
      const isCut = () =>
        assert.ok(scene.downstream.answeredBytes < giantBytes, `all ${giantBytes} bytes of the answer were taken`);
      await expectAcknowledgedOrUnclear(scene, 30_000);
      isCut();
      await becomes(
        "the connection is given up",
        () => scene.downstream.connections,
        (count) => count === 0,
      );
      isCut();
    }),
    transportCheck("an answer that is not of the protocol may have acted", async (scene) => {
      scene.downstream.next({ act: "garble" });
      failedAs(await scene.invoke(scene.single()), ["transient", "unavailable", "misconfigured"], ["maybe"]);
      assert.equal(await scene.receivedBefore(), 1, "attempts that came in");
    }),
  ],
};

/** Part of a good answer may be acknowledgement enough. What it never may be is a refusal, or certainty of no effect. */
async function expectAcknowledgedOrUnclear(scene: TransportScene, deadlineMs = 300): Promise<void> {
  const outcome = await soon("the call", scene.invoke(scene.single(), dueIn(deadlineMs)), deadlineMs + 2_500);
  if (outcome.status !== "accepted") failedAs(outcome, ["transient", "unavailable"], ["maybe"]);
}
