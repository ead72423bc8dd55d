import assert from "node:assert/strict";
import type { CheckGroup } from "../../suite/check.ts";
import { breathe } from "../../suite/expectations.ts";
import { coversSpecVersion1 } from "../../suite/spec-version.ts";
import { strategyOf } from "../calls.ts";
import type { TransportFixture } from "../fixture.ts";
import { watchHandles } from "../handles.ts";
import { type TransportCapability, transportCheck } from "../scene.ts";

export const transportCapabilities = [
  "batch",
  "perItemOutcome",
  "delete",
] as const satisfies readonly TransportCapability[];

/** `declared`: what the suite was told; a transport that says something else of itself would be tested for too little. */
export function manifestChecks(
  declared: readonly TransportCapability[],
): CheckGroup<TransportFixture, TransportCapability> {
  return {
    name: "what it says of itself",
    checks: [
      transportCheck("has a name and specVersion 1, and declares the capabilities that are tested", async (scene) => {
        const { name, capabilities } = scene.fixture.transport;
        assert.ok(coversSpecVersion1(scene.fixture.transport), "it is for version 1 of the contracts");
        assert.match(name, /\S/, "a transport has a name");
        const itself = transportCapabilities.filter((capability) => capabilities[capability]);
        assert.deepEqual([...itself].sort(), [...declared].sort(), "declared by the transport, and to the suite");
      }),
      {
        name: "opens without connecting",
        run: async (fixture) => {
          const watch = watchHandles();
          const check = transportCheck("", async (scene) => {
            // Some turns, since a connection may be begun in the next one or after a name was looked up.
            for (let turn = 0; turn < 20; turn++) await breathe();
            const sockets = watch.left().filter((kind) => kind !== "Timeout");
            assert.deepEqual(sockets, [], "open does no I/O: connect on first use");
            assert.equal(scene.downstream.connections, 0, "connections to the downstream");
          });
          await check.run(fixture).finally(() => watch.stop());
        },
      },
      transportCheck("finds nothing wrong with the options and strategies that the suite works with", async (scene) => {
        const { transport, single, batch } = scene.fixture;
        assert.deepEqual(transport.checkOptions?.() ?? [], []);
        assert.deepEqual(transport.checkStrategy?.(strategyOf(single, 1)) ?? [], []);
        if (batch !== undefined) assert.deepEqual(transport.checkStrategy?.(strategyOf(batch, 10)) ?? [], []);
      }),
    ],
  };
}
