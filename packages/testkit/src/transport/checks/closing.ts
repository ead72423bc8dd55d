import assert from "node:assert/strict";
import { inspect } from "node:util";
import type { CheckGroup } from "../../suite/check.ts";
import { accepted, becomes, failedAs, soon } from "../expectations.ts";
import type { TransportFixture } from "../fixture.ts";
import { watchHandles } from "../handles.ts";
import { cancellable, type TransportCapability, type TransportScene, transportCheck } from "../scene.ts";

export const closingChecks: CheckGroup<TransportFixture, TransportCapability> = {
  name: "closing",
  checks: [
    {
      name: "after closing no socket and no timer is left",
      run: async (fixture) => {
        const watch = watchHandles();
        await transportCheck("", async (scene) => {
          await Promise.all(["1", "2", "3"].map((orderId) => scene.invoke(scene.single(orderId))));
          scene.downstream.next({ act: "refuse", kind: "transient" }, { act: "cut", when: "before-answering" });
          await scene.invoke(scene.single("4"));
          await scene.invoke(scene.single("5"));
          await close(scene);
          await becomes(
            "connections after closing",
            () => scene.downstream.connections,
            (count) => count === 0,
          );
          await becomes(
            "sockets and timers after closing",
            () => watch.left(),
            ({ length }) => length === 0,
          );
        })
          .run(fixture)
          .finally(() => watch.stop());
      },
    },
    transportCheck("closing a transport that was never used ends", async (scene) => {
      await close(scene);
      assert.equal(scene.downstream.connections, 0);
    }),
    transportCheck("closing twice is as closing once", async (scene) => {
      accepted(await scene.invoke(scene.single()));
      await close(scene);
      await close(scene);
      await becomes(
        "connections after closing",
        () => scene.downstream.connections,
        (count) => count === 0,
      );
    }),
    transportCheck("a call after closing has failed, effect no, and is not sent", async (scene) => {
      await close(scene);
      const outcome = await soon("a call after closing", scene.invoke(scene.single()));
      failedAs(outcome, ["cancelled", "unavailable", "transient"], ["no"]);
      assert.equal(scene.downstream.received.length, 0, "calls that came in");
    }),
    transportCheck("closing while calls are under way leaves none of them without an outcome", async (scene) => {
      scene.downstream.next({ act: "hang" }, { act: "hang" });
      const { context, cancel } = cancellable();
      const attempts = ["1", "2", "3"].map((orderId) => scene.invoke(scene.single(orderId), context));
      await scene.arrival(3, attempts);
      const closed = Promise.resolve(scene.invoker.close?.());
      cancel();
      await soon("closing", closed);
      const outcomes = await soon("the calls under way", Promise.all(attempts));
      assert.equal(outcomes.length, 3);
      await becomes(
        "connections after closing",
        () => scene.downstream.connections,
        (count) => count === 0,
      );
    }),
  ],
};

async function close(scene: TransportScene): Promise<void> {
  const closed = (async () => scene.invoker.close?.())().catch((error: unknown) => {
    throw new assert.AssertionError({ message: `closing owes an end, whatever happens; it threw ${inspect(error)}` });
  });
  await soon("closing", closed);
}
