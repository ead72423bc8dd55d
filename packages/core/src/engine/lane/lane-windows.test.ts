import { testClaim } from "@syncline/testkit/makers";
import { expect, it } from "vitest";
import { windowGate } from "../poll/window-gate.ts";
import { laneScene } from "./testing/lane-scene.ts";

const window = { opens: "0 22 * * *", closes: "0 6 * * *", timezone: "UTC" };
const night = Date.parse("2026-06-01T23:00Z");
const day = Date.parse("2026-06-02T12:00Z");

const claims = (count: number) =>
  Array.from({ length: count }, (_, id) => testClaim({ id: String(id), key: `{"id":${id}}` }));

it("A lane outside of its window asks for nothing, and has room for nothing", () => {
  let now = night;
  const { lane } = laneScene({ gates: [windowGate(window, "window", () => now)] });
  expect(lane.room).toBeGreaterThan(0);
  expect(lane.demand).toBeDefined();
  now = day;
  expect([lane.room, lane.demand]).toEqual([0, undefined]);
});

it("What a lane has not sent when its window closes goes back, and what is under way ends", async () => {
  let now = night;
  const answers: (() => void)[] = [];
  const { lane, results, calls } = laneScene({
    gates: [windowGate(window, "window", () => now)],
    options: { concurrency: 2 },
    answer: () => new Promise((resolve) => answers.push(() => resolve({ status: "accepted" }))),
  });
  lane.accept(claims(5), 0);
  await expect.poll(() => answers.length).toBe(2);
  now = day;
  for (const answer of answers) answer();
  await lane.whenIdle();
  expect(calls).toEqual([[0], [1]]);
  expect(results().map(([, result]) => result)).toEqual(["accepted", "accepted", "released", "released", "released"]);
});

it("What was claimed before the window closed, and comes after, goes back unread", async () => {
  const { deliver, calls, reads } = laneScene({ gates: [windowGate(window, "window", () => day)] });
  expect((await deliver(claims(2))).map(([, result]) => result)).toEqual(["released", "released"]);
  expect([calls, reads]).toEqual([[], []]);
});

it("A lane is open where the pipeline's window and its own are", () => {
  let now = night;
  const gates = [window, { ...window, opens: "0 23 * * *" }].map((each) => windowGate(each, "window", () => now));
  const { lane } = laneScene({ gates });
  expect(lane.opensAt).toBeUndefined();
  now = Date.parse("2026-06-02T22:30Z");
  expect(lane.opensAt).toBe(Date.parse("2026-06-02T23:00Z"));
});
