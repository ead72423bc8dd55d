import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import type { CheckGroup } from "../../suite/check.ts";
import { accepted, becomes, failedAs, soon } from "../expectations.ts";
import type { TransportFixture } from "../fixture.ts";
import { cancellable, dueIn, type TransportCapability, transportCheck, unhurried } from "../scene.ts";

export const timeChecks: CheckGroup<TransportFixture, TransportCapability> = {
  name: "deadlines and stops",
  checks: [
    transportCheck(
      "a call without an answer ends soon after its deadline, and gives its connection up",
      async (scene) => {
        scene.downstream.next({ act: "hang" });
        const outcome = await soon("a call with a deadline of 200 ms", scene.invoke(scene.single(), dueIn(200)));
        failedAs(outcome, ["unavailable"], ["maybe"]);
        await scene.givenUp();
      },
    ),
    transportCheck("a call that is stopped ends soon as cancelled, and gives its connection up", async (scene) => {
      scene.downstream.next({ act: "hang" });
      const { context, cancel } = cancellable();
      const attempt = scene.invoke(scene.single(), context);
      await scene.arrival(1, [attempt]);
      cancel();
      failedAs(await soon("a stopped call", attempt), ["cancelled"], ["maybe"]);
      await scene.givenUp();
    }),
    transportCheck("a call that was stopped before it began is not sent", async (scene) => {
      const { context, cancel } = cancellable();
      cancel();
      failedAs(await soon("a stopped call", scene.invoke(scene.single(), context)), ["cancelled"], ["no"]);
      assert.equal(await scene.receivedBefore(), 0, "calls that came in");
    }),
    transportCheck("a call whose deadline has passed is not sent", async (scene) => {
      const past = { ...unhurried(), signal: AbortSignal.abort(), deadline: Date.now() - 1 };
      failedAs(await soon("a late call", scene.invoke(scene.single(), past)), ["unavailable", "cancelled"], ["no"]);
      assert.equal(await scene.receivedBefore(), 0, "calls that came in");
    }),
    transportCheck("stopping one call leaves the others alone", async (scene) => {
      scene.downstream.next({ act: "hang" });
      const { context, cancel } = cancellable();
      const stopped = scene.invoke(scene.single("1"), context);
      await scene.arrival(1, [stopped]);
      const others = ["2", "3", "4"].map((orderId) => scene.invoke(scene.single(orderId)));
      cancel();
      failedAs(await soon("a stopped call", stopped), ["cancelled"], ["maybe"]);
      for (const outcome of await Promise.all(others)) accepted(outcome);
    }),
    transportCheck("no call leaves a listener on its signal", async (scene) => {
      const { context, cancel } = cancellable();
      accepted(await scene.invoke(scene.single("1"), context));
      scene.downstream.next({ act: "refuse", kind: "transient" }, { act: "cut", when: "before-answering" });
      await scene.invoke(scene.single("2"), context);
      await scene.invoke(scene.single("3"), context);
      const listening = () => getEventListeners(context.signal, "abort").length;
      await becomes("listeners on the signal after the calls", listening, (count) => count === 0);
      cancel();
    }),
  ],
};
