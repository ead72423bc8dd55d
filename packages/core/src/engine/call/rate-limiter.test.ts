import fc from "fast-check";
import { expect, it } from "vitest";
import { RateLimiter } from "./rate-limiter.ts";

it("lets a burst through, then one per interval", () => {
  const limiter = new RateLimiter({ perSecond: 10, burst: 2 }, 0);
  expect(limiter.waitMs(0)).toBe(0);
  limiter.take();
  expect(limiter.waitMs(0)).toBe(0);
  limiter.take();
  expect(limiter.waitMs(0)).toBe(100);
  expect(limiter.waitMs(60)).toBe(40);
  expect(limiter.waitMs(100)).toBe(0);
});

it("never lets more through in any stretch of time than the burst and the rate allow", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 200 }),
      (perSecond, burst, steps) => {
        const limiter = new RateLimiter({ perSecond, burst }, 0);
        let now = 0;
        let taken = 0;
        for (const step of steps) {
          now += step;
          while (limiter.waitMs(now) === 0) {
            limiter.take();
            taken += 1;
          }
        }
        expect(taken).toBeLessThanOrEqual(burst + (now * perSecond) / 1000 + 1e-6);
      },
    ),
  );
});

it("waits, when told to, no longer and no shorter than until the next token", () => {
  const limiter = new RateLimiter({ perSecond: 3 }, 0);
  limiter.take();
  const wait = limiter.waitMs(0);
  expect(limiter.waitMs(wait - 1)).toBeGreaterThan(0);
  expect(limiter.waitMs(wait)).toBe(0);
});
