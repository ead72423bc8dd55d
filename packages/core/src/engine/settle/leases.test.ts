import { expect, it, vi } from "vitest";
import type { Claim } from "../../model/delivery.ts";
import { LeaseKeeper } from "./leases.ts";

function claim(id: string): Claim {
  return {
    id,
    strategy: "s",
    key: "{}",
    ordinal: "0",
    revision: "1",
    operation: "upsert",
    epoch: 0,
    attempts: 0,
    lapsed: false,
    token: "t",
    firstRecordedAt: 0,
  };
}

function keeper(renew: (claims: readonly Claim[]) => Promise<readonly string[]>) {
  const clock = { now: 0 };
  const lost: string[] = [];
  const untouched: string[] = [];
  const errors: unknown[] = [];
  const made = new LeaseKeeper({
    poller: { renew } as never,
    leaseMs: 30,
    now: () => clock.now,
    onLost: (work, isUntouched) => {
      lost.push(work.claim.id);
      if (isUntouched) untouched.push(work.claim.id);
    },
    onError: (error) => errors.push(error),
  });
  return { made, clock, lost, untouched, errors };
}

it("renews what is in hand before a third of its lease is gone, and counts from before the statement", async () => {
  const renewals: string[][] = [];
  const { made, clock } = keeper(async (claims) => {
    renewals.push(claims.map((each) => each.id));
    return claims.map((each) => each.id);
  });
  const work = made.take(claim("1"), 0);
  clock.now = 11;
  await vi.waitFor(() => expect(renewals).toEqual([["1"]]));
  expect(work.expiresAt).toBe(41);
  made.close();
});

it("loses what the database says is not ours, and ends its call", async () => {
  const { made, clock, lost, untouched } = keeper(async () => []);
  const work = made.take(claim("1"), 0);
  const ended: string[] = [];
  work.abort = (reason) => ended.push(reason);
  clock.now = 11;
  await vi.waitFor(() => expect(lost).toEqual(["1"]));
  expect(ended).toEqual(["lease lost"]);
  expect(untouched).toEqual([]);
  expect(made.holds(work, 0)).toBe(false);
  made.close();
});

it("loses what could not be renewed once its lease would have run out, as after a long freeze", async () => {
  const { made, clock, lost, errors } = keeper(() => Promise.reject(new Error("away")));
  const work = made.take(claim("1"), 0);
  clock.now = 11;
  await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0));
  expect(made.holds(work, 5)).toBe(true);
  clock.now = 31;
  expect(made.holds(work, 0)).toBe(false);
  expect(lost).toEqual(["1"]);
  made.close();
});

it("lets nothing start that could outlast its lease", () => {
  const { made, lost } = keeper(async () => []);
  const work = made.take(claim("1"), 0);
  expect(made.holds(work, 30)).toBe(false);
  expect(lost).toEqual(["1"]);
  made.close();
});

it("tells what no call carried, so that it can be put back, from what may have been sent", () => {
  const { made, lost, untouched } = keeper(async () => []);
  made.holds(made.take(claim("1"), 0), 30);
  const called = made.take(claim("2"), 0);
  called.abort = () => {};
  made.holds(called, 30);
  expect(lost).toEqual(["1", "2"]);
  expect(untouched).toEqual(["1"]);
  made.close();
});

it("leaves alone what was settled while a renewal was under way", async () => {
  let answer: (ids: readonly string[]) => void = () => {};
  const asked = vi.fn(
    () =>
      new Promise<readonly string[]>((resolve) => {
        answer = resolve;
      }),
  );
  const { made, clock, lost } = keeper(asked);
  const work = made.take(claim("1"), 0);
  clock.now = 11;
  await vi.waitFor(() => expect(asked).toHaveBeenCalled());
  made.drop(work);
  answer([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(lost).toEqual([]);
  made.close();
});
