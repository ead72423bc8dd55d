import { describe, expect, it } from "vitest";
import { seededRandom } from "./random.ts";

const draw = (seed: number, count = 200) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.integer(1, 6));
};

describe("a seeded source of choices", () => {
  it("gives the same choices for the same seed, and others for another", () => {
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it("keeps to its bounds and reaches both", () => {
    expect(new Set(draw(3))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
  });

  it("forks by label alone, whatever was drawn before", () => {
    const fresh = seededRandom(5);
    const used = seededRandom(5);
    used.next();
    expect(used.fork("client").next()).toBe(fresh.fork("client").next());
    expect(fresh.fork("client").next()).not.toBe(fresh.fork("other").next());
  });

  it("refuses to pick from nothing", () => {
    expect(() => seededRandom(1).pick([])).toThrow(RangeError);
  });
});
