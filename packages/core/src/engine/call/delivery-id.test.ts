import fc from "fast-check";
import { expect, it } from "vitest";
import { callId, deliveryId } from "./delivery-id.ts";

const parts = fc.record({
  strategy: fc.string(),
  key: fc.string(),
  epoch: fc.nat(20),
  revision: fc.stringMatching(/^\d{1,19}$/),
  json: fc.string(),
});

it("is the same for the same content, and another when any part differs", () => {
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      expect(deliveryId(one)).toBe(deliveryId({ ...one }));
      expect(deliveryId(one) === deliveryId(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
  );
});

it("cannot be fooled by parts that run into each other", () => {
  const one = { strategy: "a", key: "bc", epoch: 1, revision: "12", json: "3" };
  const shifts = [
    { ...one, strategy: "ab", key: "c" },
    { ...one, revision: "1", json: "23" },
    { ...one, epoch: 11, revision: "2" },
    { ...one, key: "b", json: "c3" },
  ];
  expect(new Set([one, ...shifts].map(deliveryId)).size).toBe(5);
});

it("has a short and plain form that fits a header", () => {
  expect(deliveryId({ strategy: "s", key: "{}", epoch: 0, revision: "1", json: "ü" })).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

it("names a call of one item by that item, and a call of several by all of them in their order", () => {
  expect(callId(["x"])).toBe("x");
  expect(callId(["x", "y"])).not.toBe(callId(["y", "x"]));
  expect(callId(["x", "y"])).toBe(callId(["x", "y"]));
});
