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
  expect(await end()).toEqual([1, 2, 3, 4, 101, 5, 102, 6, 7, 8]);
  expect([lane.room, lane.liveRoom]).toEqual([8, 8]);
});

it("live changes go before what a claim brought later, too", async () => {
  const { lane, clock, end } = await busyLane();
  lane.acceptLive(claims(101), clock.now);
  lane.accept(claims(9), clock.now);
  lane.acceptLive(claims(102), clock.now);
  expect(await end()).toEqual([1, 2, 3, 4, 101, 5, 102, 6, 7, 8, 9]);
});

it("a burst of live changes waits for no more of the backlog than goes between them", async () => {
  const { lane, clock, end } = await busyLane();
  lane.accept(claims(...upTo(90).map((id) => 8 + id)), clock.now);
  lane.acceptLive(claims(...upTo(20).map((id) => 100 + id)), clock.now);
  const sent = (await end()).slice(4, 44);
  expect(sent.filter((_, index) => index % 2 === 0)).toEqual(upTo(20).map((id) => 100 + id));
});

it("a stream of live changes does not keep the backlog from getting on", async () => {
  const { lane, clock, release, calls, end } = await busyLane();
  let id = 100;
  const more = () => lane.acceptLive(claims(...upTo(4).map(() => ++id)), clock.now);
  more();
  await settle();
  for (const backlog of [
    [5, 6],
    [7, 8],
  ]) {
    more();
    release();
    await settle();
    const sent = calls.flat().slice(-4);
    expect(sent.filter((each) => each < 100)).toEqual(backlog);
  }
  await end();
});

it("in batches, live changes and the backlog have a half each", async () => {
  const { lane, clock, end, calls } = await busyLane({ batch: 4 });
  lane.acceptLive(claims(101, 102, 103), clock.now);
  await end();
  expect(calls.slice(4, 6)).toEqual([
    [101, 17, 102, 18],
    [103, 19, 20, 21],
  ]);
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
