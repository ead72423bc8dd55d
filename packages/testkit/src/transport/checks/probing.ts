import assert from "node:assert/strict";
import type { CheckGroup } from "../../suite/check.ts";
import { failedAs, soon } from "../expectations.ts";
import type { TransportFixture } from "../fixture.ts";
import { type TransportCapability, type TransportScene, transportCheck, unhurried } from "../scene.ts";

/** `check` and `describe` are a transport's to leave out: then there is nothing to hold them to. */
export const probingChecks: CheckGroup<TransportFixture, TransportCapability> = {
  name: "probing and describing",
  checks: [
    transportCheck(
      "a probe tells a downstream that is there from one that is not, and calls nothing",
      async (scene) => {
        if (scene.invoker.check === undefined) return;
        assert.equal(await probe(scene), undefined, "the downstream is there");
        assert.equal(scene.downstream.received.length, 0, "calls that came in");
        await scene.downstream.stop();
        const failure = await probe(scene);
        assert.ok(failure !== undefined, "the downstream is not there");
        failedAs({ status: "failed", failure }, ["unavailable"], ["no"]);
      },
    ),
    transportCheck("a description of a call sends nothing, and is the same each time", async (scene) => {
      const { invoker } = scene;
      if (invoker.describe === undefined) return;
      const call = scene.single();
      assert.deepEqual(invoker.describe(call), invoker.describe(call));
      assert.equal(await scene.receivedBefore(), 0, "calls that came in");
    }),
  ],
};

function probe({ invoker }: TransportScene) {
  return soon("a probe", Promise.resolve(invoker.check?.(unhurried())));
}
