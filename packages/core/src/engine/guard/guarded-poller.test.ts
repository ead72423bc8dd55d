import { testClaim, testDelivery } from "@syncline/testkit/makers";
import { expect, it } from "vitest";
import type { DispatchResult, Poller } from "../../contracts/poller.ts";
import type { Claim } from "../../model/delivery.ts";
import { EventHub } from "../events.ts";
import { Faults } from "./faults.ts";
import { Guard } from "./guard.ts";
import { guardPoller } from "./guarded-poller.ts";

const { signal } = new AbortController();
const lease = { token: "t", durationMs: 1_000 };
const demand = { strategy: "s", count: 2, strict: false };

function claim(id: string, more: object = {}): Claim {
  return { ...testClaim({ id, strategy: "s", token: "t" }), ...more };
}

const change = { id: "1", category: "c", key: "{}", operation: "upsert", recordedAt: 0 } as never;
const delivery = testDelivery({ strategy: "s", lease });
const routing = { deliveries: [delivery], refused: [] };

function guarded(poller: Partial<Record<keyof Poller, (...given: never[]) => unknown>>) {
  const events = new EventHub(() => {});
  const told: string[] = [];
  events.on("fault", ({ error }) => told.push((error as Error).message));
  return { poller: guardPoller(poller as unknown as Poller, new Guard("database", new Faults(events)), 1_000), told };
}

const broken = { code: "contract.broken" };
const isWrong: [what: string, more: object][] = [
  ["no id", { id: undefined }],
  ["a number for an id", { id: 7 }],
  ["no key", { key: "" }],
  ["no token", { token: undefined }],
  ["another token", { token: "u" }],
  ["no revision", { revision: "" }],
  ["a number for a revision", { revision: 1 }],
  ["a strategy that nobody asked for", { strategy: "other" }],
  ["an operation that is none", { operation: "insert" }],
  ["negative attempts", { attempts: -1 }],
  ["an epoch of NaN", { epoch: Number.NaN }],
  ["no word of a lapse", { lapsed: undefined }],
  ["no time", { firstRecordedAt: undefined }],
];

it.each(isWrong)("leaves out a claim with %s, says so, and delivers the others", async (_, more) => {
  const { poller, told } = guarded({ claim: async () => [claim("1", more), claim("2")] });
  expect(await poller.claim([demand], lease, signal)).toEqual([claim("2")]);
  expect(told).toEqual([expect.stringMatching(/`claim` of database .* 1 claims that cannot be; the first /)]);
});

it("leaves out what is no claim, a second claim of an id, and more than were asked for", async () => {
  const { poller, told } = guarded({ claim: async () => [claim("1"), claim("1"), claim("2"), claim("3")] });
  expect((await poller.claim([demand], lease, signal)).map(({ id }) => id)).toEqual(["1", "2"]);
  expect(told).toEqual([expect.stringContaining("2 claims that cannot be; the first has the id of another one")]);
  const nothing = guarded({ claim: async () => [undefined] });
  await expect(nothing.poller.claim([demand], lease, signal)).rejects.toMatchObject(broken);
});

it("gives on what is in order as it is", async () => {
  const claims = [claim("1"), claim("2")];
  const result: DispatchResult = { status: "done", taken: 1, inserted: 1, folded: 0, claims: [claim("1")] };
  const { poller, told } = guarded({
    claim: async () => claims,
    renew: async () => ["1"],
    settle: async () => ["late", "again"],
    dispatch: async (_: number, route: (changes: unknown[]) => unknown) => {
      route([change]);
      return result;
    },
  });
  expect(await poller.claim([demand], lease, signal)).toBe(claims);
  expect(await poller.renew(claims, 1)).toEqual(["1"]);
  const settlements = claims.map((each) => ({ result: "accepted", claim: each }) as const);
  expect(await poller.settle(settlements)).toEqual(["late", "again"]);
  expect(await poller.dispatch(1, () => routing, signal)).toBe(result);
  expect(told).toEqual([]);
});

it.each<[what: string, answer: unknown]>([
  ["nothing", undefined],
  ["fewer effects", ["applied"]],
  ["more effects", ["applied", "applied", "applied"]],
  ["unknown effects", ["applied", "done"]],
  ["holes", Array(2)],
])("takes a settle that answers %s neither for applied nor for late: it can be asked again", async (_, answer) => {
  const { poller } = guarded({ settle: async () => answer });
  const settlements = [claim("1"), claim("2")].map((each) => ({ result: "accepted", claim: each }) as const);
  await expect(poller.settle(settlements)).rejects.toMatchObject({ ...broken, retryable: true });
});

it.each<[what: string, answer: unknown]>([
  ["nothing", undefined],
  ["ids that it was not asked for", ["1", "9"]],
  ["numbers", [1]],
])("takes a renewal that answers %s for no word of what is lost", async (_, answer) => {
  const { poller } = guarded({ renew: async () => answer });
  await expect(poller.renew([claim("1")], 1)).rejects.toMatchObject({ ...broken, retryable: true });
});

const none = { status: "done", taken: 0, inserted: 0, folded: 0, claims: [] };

it.each<[what: string, answer: unknown]>([
  ["nothing", undefined],
  ["a list", []],
  ["an unknown status", { ...none, status: "ok" }],
  ["a negative count", { ...none, inserted: -1 }],
  ["a text for a count", { ...none, taken: "1" }],
  ["more than was routed", { ...none, taken: 2 }],
  ["no claims", { ...none, claims: undefined }],
  ["that it was busy, and took some", { ...none, status: "busy", taken: 1 }],
])("believes no dispatch that answers %s", async (_, answer) => {
  const { poller } = guarded({
    dispatch: async (_limit: number, route: (changes: unknown[]) => unknown) => {
      route([change]);
      return answer;
    },
  });
  await expect(poller.dispatch(10, () => routing, signal)).rejects.toMatchObject(broken);
});

it("leaves out claims of a dispatch that were not leased, and routes nothing for one that has ended", async () => {
  let later: (changes: unknown[]) => unknown = () => {};
  const { poller, told } = guarded({
    dispatch: async (_: number, route: (changes: unknown[]) => unknown) => {
      later = route;
      route([change]);
      return { ...none, taken: 1, inserted: 1, claims: [claim("1"), claim("2")] };
    },
  });
  expect((await poller.dispatch(10, () => routing, signal)).claims).toEqual([claim("1")]);
  expect(told).toEqual([expect.stringContaining("the first is more than was asked for")]);
  expect(later([change])).toBeUndefined();
});
