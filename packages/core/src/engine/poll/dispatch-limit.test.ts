import { expect, it } from "vitest";
import type { DispatchResult } from "../../contracts/poller.ts";
import { DispatchLimit } from "./dispatch-limit.ts";

function result(given: Partial<DispatchResult>): DispatchResult {
  return { status: "done", taken: 0, inserted: 0, folded: 0, claims: [], ...given };
}

/** The limits asked for, when each dispatch finds as many changes as it asks for and `fold` says what becomes of them. */
function limits(rounds: number, fold: (limit: number) => Partial<DispatchResult>, room = 300): readonly number[] {
  const limit = new DispatchLimit(1_000);
  return Array.from({ length: rounds }, () => {
    const next = limit.next(room);
    limit.took(result({ taken: next, ...fold(next) }));
    return next;
  });
}

it("takes what lanes have room for, but never so little that the statement is not worth it, nor more than the limit", () => {
  const limit = new DispatchLimit(1_000);
  expect([0, 1, 99, 100, 300, 5_000].map((room) => limit.next(room))).toEqual([1_000, 100, 100, 100, 300, 1_000]);
});

it("takes further and further, up to eight times the limit, while a backlog folds", () => {
  const half = (limit: number) => ({ inserted: limit / 4, folded: limit / 4 });
  expect(limits(7, half)).toEqual([300, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
});

it("does not where changes come once each, whatever the backlog", () => {
  expect(limits(3, (limit) => ({ inserted: limit }))).toEqual([300, 300, 300]);
});

it("goes no further once nothing is left beyond what it takes", () => {
  const limit = new DispatchLimit(1_000);
  limit.took(result({ taken: 300, folded: 300 }));
  limit.took(result({ taken: 700, folded: 700 }));
  expect(limit.next(300)).toBe(1_000);
});

it("goes less far where each change is for many strategies, so that no dispatch writes more and more", () => {
  const forStrategies = (many: number) => (limit: number) => ({
    inserted: (many / 2) * limit,
    folded: (many / 2) * limit,
  });
  expect(limits(5, forStrategies(2))).toEqual([300, 1_000, 2_000, 4_000, 4_000]);
  expect(limits(5, forStrategies(4))).toEqual([300, 1_000, 2_000, 2_000, 2_000]);
  expect(limits(5, forStrategies(50))).toEqual([300, 1_000, 1_000, 1_000, 1_000]);
});

it("turns back where keys meet less often than they did", () => {
  const limit = new DispatchLimit(1_000);
  for (const taken of [1_000, 2_000, 4_000]) limit.took(result({ taken, folded: taken / 4 }));
  expect(limit.next(300)).toBe(8_000);
  limit.took(result({ taken: 8_000, inserted: 8_000, folded: 500 }));
  expect(limit.next(300)).toBe(4_000);
});

it("starts anew when folding has ended, and keeps what it knows while another worker dispatches", () => {
  const limit = new DispatchLimit(1_000);
  for (const taken of [1_000, 2_000, 4_000]) limit.took(result({ taken, folded: taken / 4 }));
  limit.took(result({ status: "busy" }));
  expect(limit.next(300)).toBe(8_000);
  limit.took(result({}));
  expect([limit.folds, limit.next(300)]).toEqual([false, 300]);
});
