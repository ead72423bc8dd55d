import { expect, it } from "vitest";
import type { Outcome } from "../../model/outcome.ts";
import { claims, held, laneScene, settle, upTo } from "./testing/lane-scene.ts";

/** A lane of four calls at a time whose first four do not end before they are let go. */
async function busyLane(options: { readonly batch?: number; readonly idempotent?: boolean } = {}) {
  const answer = held<Outcome>();
  const isFree = { yes: false };
  const scene = laneScene({
    options: { concurrency: 4, ...options },
    answer: () => (isFree.yes ? { status: "accepted" } : answer.wait()),
  });
  const { lane, clock } = scene;
  lane.accept(claims(...upTo(lane.room)), clock.now);
  await settle();
  const end = async () => {
    // All that is in hand is read.
    await settle();
    isFree.yes = true;
    answer.release({ status: "accepted" });
    await lane.whenIdle();
    return scene.calls.flat();
  };
  return { ...scene, end, release: () => answer.release({ status: "accepted" }) };
}

it("a lane that a backlog fills takes live changes, and sends them before what waits", async () => {
  const { lane, clock, end } = await busyLane();
  expect([lane.room, lane.liveRoom]).toEqual([0, 500]);
  lane.acceptLive(claims(101, 102), clock.now);
  expect([lane.room, lane.liveRoom, lane.demand]).toEqual([0, 498, undefined]);
  expect(await end()).toEqual([1, 2, 3, 4, 101, 102, 5, 6, 7, 8]);
  expect([lane.room, lane.liveRoom]).toEqual([8, 8]);
});

it("live changes go before what a claim brought later, too", async () => {
  const { lane, clock, end } = await busyLane();
  lane.acceptLive(claims(101), clock.now);
  lane.accept(claims(9), clock.now);
  lane.acceptLive(claims(102), clock.now);
  expect(await end()).toEqual([1, 2, 3, 4, 101, 102, 5, 6, 7, 8, 9]);
});

it("of more live changes than the lane's reserve, the rest waits its turn, so that the backlog gets on", async () => {
  const { lane, clock, end } = await busyLane();
  lane.acceptLive(claims(101, 102, 103, 104), clock.now);
  expect(await end()).toEqual([1, 2, 3, 4, 101, 102, 5, 6, 7, 8, 103, 104]);
});

it("those that wait their turn keep nobody else from going first", async () => {
  const { lane, clock, end, release, calls } = await busyLane();
  lane.acceptLive(claims(101, 102, 103, 104, 105, 106), clock.now);
  await settle();
  for (const sent of [
    [101, 102, 5, 6],
    [7, 8, 103, 104],
  ]) {
    release();
    await settle();
    expect(calls.flat().slice(-4)).toEqual(sent);
  }
  lane.acceptLive(claims(200), clock.now);
  expect((await end()).slice(12)).toEqual([200, 105, 106]);
});

it("beside many live changes the backlog keeps half of the window, and no more is leased than the lane may hold", async () => {
  const { lane, clock, calls, end } = await busyLane();
  const live = upTo(500).map((id) => 100 + id);
  lane.acceptLive(claims(...live), clock.now);
  expect([lane.room, lane.liveRoom]).toEqual([0, 0]);
  const sent = await end();
  expect(sent.indexOf(8)).toBeLessThan(20);
  expect(calls).toHaveLength(508);
});

it("asks for more of the backlog although live changes fill the lane", async () => {
  const { lane, clock, release } = await busyLane();
  lane.acceptLive(claims(...upTo(20).map((id) => 100 + id)), clock.now);
  await settle();
  while (lane.demand === undefined) {
    release();
    await settle();
  }
  expect(lane.inHand).toBeGreaterThan(8);
  expect(lane.demand).toMatchObject({ count: 2 });
});

it("live changes beside a slow backlog do not make the lane look farther ahead", async () => {
  const { lane, clock } = await busyLane();
  for (let id = 101; id < 110; id += 1) {
    clock.now += 100;
    lane.acceptLive(claims(id), clock.now);
    lane.widen();
  }
  expect(lane.snapshot.window).toBe(8);
});

it("without a backlog live changes go in their order", async () => {
  const answer = held<Outcome>();
  const { lane, clock, calls } = laneScene({ options: { concurrency: 1 }, answer: () => answer.wait() });
  for (const id of upTo(4)) lane.acceptLive(claims(id), clock.now);
  for (const id of upTo(4)) {
    await settle();
    expect(calls.flat()).toEqual(upTo(id));
    answer.release({ status: "accepted" });
  }
  await lane.whenIdle();
});

it("a batch is what a lane keeps for live changes at least, also where no call may be repeated", async () => {
  const { lane } = await busyLane({ batch: 3, idempotent: false });
  expect([lane.room, lane.liveRoom]).toEqual([0, 3]);
});
