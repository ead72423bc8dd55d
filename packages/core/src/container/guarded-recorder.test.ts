import { expect, test } from "vitest";
import type { WorkObserver } from "../engine/observer.ts";
import { Observers } from "../engine/observers.ts";
import { category, createDictionary } from "../model/category.ts";
import type { Change } from "../model/change.ts";
import { guardRecorder } from "./guarded-recorder.ts";

const order = category("order", { orderId: "integer" });
const change = order.changed({ orderId: 1 });
const own = `00-${"4b".repeat(16)}-${"1".repeat(16)}-01`;
const observed = own.replaceAll("1", "2").replace("-02", "-01");

function recording(recordingOf: WorkObserver["recording"]) {
  const recorded: (readonly Change[])[] = [];
  const observers = new Observers();
  if (recordingOf !== undefined) observers.add({ recording: recordingOf });
  const recorder = guardRecorder(
    { record: async (_tx: object, changes) => void recorded.push(changes) },
    createDictionary([order]),
    observers,
  );
  return { recorder, recorded };
}

const telling = (traceparent: string) => () => ({ headers: { traceparent }, ended: () => {} });

test("changes are passed on as they are where nobody has a trace context", async () => {
  for (const observer of [undefined, () => ({ ended: () => {} })]) {
    const { recorder, recorded } = recording(observer);
    const changes = [change];
    await recorder.record({}, changes);
    expect(recorded[0]).toBe(changes);
  }
});

test("an observer's trace context is stored with each change, and the caller's own instead of it", async () => {
  const { recorder, recorded } = recording(telling(observed));
  await recorder.record({}, [change, { ...change, traceparent: own }]);
  expect(recorded[0]?.map(({ traceparent }) => traceparent)).toEqual([observed, own]);
});

test("what is no trace context is dropped, and the rest recorded", async () => {
  const wrong = [null, "", "evil", 42, {}, `${own} `, "x".repeat(1_000_000)] as readonly string[];
  const { recorder, recorded } = recording(telling(`${own}, ${own}`));
  await recorder.record(
    {},
    wrong.map((traceparent) => ({ ...change, traceparent })),
  );
  expect(recorded[0]).toEqual(wrong.map(() => ({ ...change, traceparent: null })));
});
