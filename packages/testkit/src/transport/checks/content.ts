import assert from "node:assert/strict";
import type { CheckGroup } from "../../suite/check.ts";
import { callOf, orderItem } from "../calls.ts";
import { jsonCorpus } from "../corpus.ts";
import { accepted } from "../expectations.ts";
import type { TransportFixture } from "../fixture.ts";
import { type TransportCapability, transportCheck, unhurried } from "../scene.ts";

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const tracestate = "vendor=abc123";

export const contentChecks: CheckGroup<TransportFixture, TransportCapability> = {
  name: "what arrives",
  checks: [
    transportCheck("the idempotency key arrives, the same when the same content is sent again", async (scene) => {
      scene.downstream.next({ act: "refuse", kind: "transient" });
      const call = scene.single();
      await scene.invoke(call);
      accepted(await scene.invoke({ ...call, attempt: 2 }));
      accepted(await scene.invoke(scene.single("43")));
      const keys = scene.downstream.received.map(({ callId }) => callId);
      assert.deepEqual(keys, [call.callId, call.callId, scene.single("43").callId]);
    }),
    transportCheck("a single item's key and revision arrive", async (scene) => {
      const item = orderItem("42", scene.document("42"), "9007199254740993");
      accepted(await scene.invoke(callOf(scene.fixture.single, [item])));
      const arrived = scene.downstream.received.flatMap(({ items }) => items);
      assert.deepEqual(
        arrived.map(({ revision }) => revision),
        ["9007199254740993"],
      );
      // A protocol may have no place for the key but the document.
      const keys = arrived.map(({ key }) => key).filter((key) => key !== undefined);
      for (const key of keys) assert.equal(String(key.orderId), "42");
    }),
    transportCheck(
      "each item of a list brings its own revision",
      async (scene) => {
        const items = ["8", "9007199254740993", "10"].map((revision, index) =>
          orderItem(`${index}`, scene.document(`${index}`), revision),
        );
        const { batch = scene.fixture.single } = scene.fixture;
        accepted(await scene.invoke(callOf(batch, items, { batched: true })));
        const arrived = scene.downstream.received.flatMap((call) => call.items);
        assert.deepEqual(
          arrived.map(({ revision }) => revision),
          ["8", "9007199254740993", "10"],
        );
      },
      "batch",
    ),
    transportCheck("the trace context arrives, and none where nobody traces", async (scene) => {
      accepted(await scene.invoke(scene.single("1"), { ...unhurried(), trace: { traceparent, tracestate } }));
      accepted(await scene.invoke(scene.single("2")));
      assert.deepEqual(
        scene.downstream.received.map(({ trace }) => trace),
        [{ traceparent, tracestate }, {}],
      );
    }),
    transportCheck(
      "a delete arrives as one",
      async (scene) => {
        const gone = callOf(scene.fixture.single, [orderItem("42", null)], { operation: "delete" });
        accepted(await scene.invoke(gone));
        accepted(await scene.invoke(scene.single("43")));
        assert.deepEqual(
          scene.downstream.received.map(({ operation }) => operation),
          ["delete", "upsert"],
        );
      },
      "delete",
    ),
    transportCheck(
      "a list of deletes arrives as one call of deletes",
      async (scene) => {
        const { batch = scene.fixture.single } = scene.fixture;
        const items = ["1", "2", "3"].map((orderId) => orderItem(orderId, null));
        accepted(await scene.invoke(callOf(batch, items, { operation: "delete", batched: true })));
        assert.deepEqual(
          scene.downstream.received.map((call) => [call.operation, call.items.length]),
          [["delete", 3]],
        );
      },
      "batch",
      "delete",
    ),
    transportCheck("values arrive as they are", async (scene) => {
      const corpus = scene.fixture.corpus ?? jsonCorpus;
      for (const [index, document] of corpus.entries()) {
        accepted(await scene.invoke(callOf(scene.fixture.single, [orderItem(`${index}`, document)])));
        assert.deepEqual(
          scene.downstream.received.at(-1)?.items.map(({ body }) => body),
          [document],
        );
      }
    }),
    transportCheck(
      "values arrive as they are in a list",
      async (scene) => {
        const corpus = scene.fixture.corpus ?? jsonCorpus;
        const items = corpus.map((document, index) => orderItem(`${index}`, document));
        const { batch = scene.fixture.single } = scene.fixture;
        accepted(await scene.invoke(callOf(batch, items, { batched: true })));
        assert.deepEqual(
          scene.downstream.received.at(-1)?.items.map(({ body }) => body),
          corpus,
        );
      },
      "batch",
    ),
    transportCheck("the call is not changed", async (scene) => {
      // What is frozen cannot be changed unnoticed, but what is changed only if it can be would not be seen.
      const call = structuredClone(scene.single());
      const before = structuredClone(call);
      accepted(await scene.invoke(call));
      assert.deepEqual(call, before);
      scene.downstream.next({ act: "refuse", kind: "rejected" });
      await scene.invoke(call);
      assert.deepEqual(call, before);
    }),
    transportCheck("of a hundred calls at once each arrives once, as itself", async (scene) => {
      const ids = Array.from({ length: 100 }, (_, index) => `${index}`);
      const outcomes = await Promise.all(ids.map((id) => scene.invoke(scene.single(id))));
      for (const outcome of outcomes) accepted(outcome);
      const arrived = new Map(scene.downstream.received.map(({ callId, items }) => [callId, items[0]?.body]));
      assert.equal(scene.downstream.received.length, ids.length, "calls that came in");
      for (const id of ids) assert.deepEqual(arrived.get(scene.single(id).callId), scene.document(id));
    }),
  ],
};
