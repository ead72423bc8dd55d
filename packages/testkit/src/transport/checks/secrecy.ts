import assert from "node:assert/strict";
import { inspect } from "node:util";
import type { CheckGroup } from "../../suite/check.ts";
import type { RefusalKind } from "../downstream-control.ts";
import type { TransportFixture } from "../fixture.ts";
import { dueIn, type TransportCapability, type TransportScene, transportCheck } from "../scene.ts";

const refusals: readonly RefusalKind[] = [
  "unauthorized",
  "rejected",
  "transient",
  "unavailable",
  "misconfigured",
  "too-large",
];

export const secrecyChecks: CheckGroup<TransportFixture, TransportCapability> = {
  name: "secrets",
  checks: [
    transportCheck("no secret is in an outcome or a log line, even when the downstream repeats it", async (scene) => {
      for (const kind of refusals) {
        scene.downstream.next({ act: "refuse", kind, echo: true });
        nothingSecret(scene, `the outcome of an echoed ${kind}`, await scene.invoke(scene.single()));
      }
      nothingSecret(scene, "a log line", scene.logged);
    }),
    transportCheck("no secret is in an outcome or a log line when the connection fails", async (scene) => {
      scene.downstream.next({ act: "cut", when: "before-answering" }, { act: "garble" }, { act: "hang" });
      for (const what of ["a cut connection", "a garbled answer", "a deadline"]) {
        nothingSecret(scene, `the outcome of ${what}`, await scene.invoke(scene.single(), dueIn(300)));
      }
      await scene.downstream.stop();
      nothingSecret(scene, "the outcome of a refused connection", await scene.invoke(scene.single()));
      nothingSecret(scene, "a log line", scene.logged);
    }),
    transportCheck("no secret is in what a person is shown of the call or the transport", async (scene) => {
      await scene.invoke(scene.single());
      nothingSecret(scene, "the description of a call", scene.invoker.describe?.(scene.single()));
      nothingSecret(scene, "the invoker, printed", scene.invoker);
    }),
  ],
};

function nothingSecret(scene: TransportScene, what: string, value: unknown): void {
  const { secret } = scene.fixture;
  if (secret === undefined) return;
  const text = inspect(value, { depth: 8, maxStringLength: null, maxArrayLength: null });
  const bytes = Buffer.from(secret);
  const forms = [secret, bytes.toString("base64"), bytes.toString("base64url"), encodeURIComponent(secret)];
  for (const form of forms) assert.ok(!text.includes(form), `${what} holds the secret`);
}
