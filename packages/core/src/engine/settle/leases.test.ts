import { testClaim } from "@syncline/testkit/makers";
import { expect, it, vi } from "vitest";
import type { Claim } from "../../model/delivery.ts";
import type { LeaseOwner } from "../lane/delivery.ts";
import { LeaseKeeper } from "./leases.ts";

const claim = (id: string) => testClaim({ id });

function keeper(renew: (claims: readonly Claim[]) => Promise<readonly string[]>) {
  const clock = { now: 0 };
  const lost: string[] = [];
  const errors: unknown[] = [];
  const made = new LeaseKeeper({
    poller: { renew } as never,
    leaseMs: 30,
    now: () => clock.now,
    onError: (error) => errors.push(error),
  });
  const owner: LeaseOwner = {
    leaseLost: (delivery, how) => {
      lost.push(`${delivery.claim.id} ${how}`);
      made.drop(delivery);
    },
  };
  return { made, clock, lost, errors, take: (id: string) => made.take(claim(id), 0, owner) };
}

it("renews what is in hand before a third of its lease is gone, and counts from before the statement", async () => {
  const renewals: string[][] = [];
  const { made, clock, take } = keeper(async (claims) => {
    renewals.push(claims.map((each) => each.id));
    return claims.map((each) => each.id);
  });
  const delivery = take("1");
  clock.now = 11;
  await vi.waitFor(() => expect(renewals).toEqual([["1"]]));
  expect(delivery.leaseUntil).toBe(41);
  made.close();
});

it("tells the owner of what the database says is not ours", async () => {
  const { made, clock, lost, take } = keeper(async () => []);
  take("1");
  clock.now = 11;
  await vi.waitFor(() => expect(lost).toEqual(["1 taken"]));
  made.close();
});

it("tells of what could not be renewed once its lease would have run out, as after a long freeze", async () => {
  const { made, clock, lost, errors, take } = keeper(() => Promise.reject(new Error("away")));
  take("1");
  clock.now = 11;
  await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0));
  expect(lost).toEqual([]);
  clock.now = 31;
  await vi.waitFor(() => expect(lost).toEqual(["1 lapsed"]));
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
  const { made, clock, lost, take } = keeper(asked);
  const delivery = take("1");
  clock.now = 11;
  await vi.waitFor(() => expect(asked).toHaveBeenCalled());
  made.drop(delivery);
  answer([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(lost).toEqual([]);
  made.close();
});
