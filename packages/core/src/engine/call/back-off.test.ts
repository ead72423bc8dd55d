import fc from "fast-check";
import { expect, it } from "vitest";
import { backOff, growing } from "./back-off.ts";

const policy = { maxAttempts: 12, initialMs: 1_000, maxMs: 300_000 };

it("spreads over the whole of a ceiling that doubles with each attempt", () => {
  const ceilings = [1, 2, 3, 4].map((attempt) => backOff(policy, attempt, () => 1));
  expect(ceilings).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(backOff(policy, 4, () => 0)).toBe(0);
});

it("never exceeds the maximum, however many attempts there were", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
      const delay = backOff(policy, attempt, () => random);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(policy.maxMs);
    }),
  );
});

it("grows a gate's time with a tenth of jitter either way, never near nothing", () => {
  expect(growing(1_000, 30_000, 0, () => 0)).toBe(900);
  expect(growing(1_000, 30_000, 2, () => 0.5)).toBe(4_000);
  expect(growing(1_000, 30_000, 50, () => 1)).toBe(33_000);
});
