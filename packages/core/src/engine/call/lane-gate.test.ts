import { describe, expect, it, vi } from "vitest";
import type { SyncInvoker } from "../../contracts/sync-invoker.ts";
import type { Failure, FailureKind } from "../../model/outcome.ts";
import { EventHub, type PipelineEvents } from "../events.ts";
import { defaultTuning } from "../tuning.ts";
import { Downstream } from "./downstream.ts";
import { LaneGate } from "./lane-gate.ts";

const tuning = { ...defaultTuning, breakerFailures: 2, breakerOpenMs: 1_000 };

function failure(kind: FailureKind): Failure {
  return { kind, code: "test", message: "test", effect: "no" };
}

function scene(check?: SyncInvoker["check"]) {
  const clock = { now: 0 };
  const errors: PipelineEvents["error"][] = [];
  const events = new EventHub(() => {});
  events.on("error", (error) => errors.push(error));
  const invoker: SyncInvoker = {
    invoke: async () => ({ status: "accepted" }),
    ...(check === undefined ? {} : { check }),
  };
  const downstream = new Downstream("crm", invoker, {}, events, 0);
  const parts = { strategy: "orders", downstream, tuning, events, now: () => clock.now, random: () => 0.5 };
  const gate = new LaneGate(parts);
  const outage = () => {
    gate.failed(failure("unavailable"));
    gate.failed(failure("unavailable"));
    clock.now += gate.waitMs();
  };
  return { gate, clock, errors, outage };
}

describe("a lane that an outage has shut", () => {
  it("lets a probe through when its time has come, where the transport has no check", async () => {
    const { gate, outage } = scene();
    outage();
    expect(gate.passage()).toBe("one");
  });

  it("lets none through before the transport's check finds nothing wrong", async () => {
    let found: Failure | undefined = failure("unavailable");
    const check = vi.fn(async () => found);
    const { gate, clock, outage } = scene(check);
    outage();
    expect(gate.passage()).toBe("none");
    await gate.ask();
    expect(gate.passage()).toBe("none");
    expect(gate.waitMs()).toBeGreaterThan(0);
    await gate.ask();
    expect(check, "not before its time").toHaveBeenCalledTimes(1);
    clock.now += gate.waitMs();
    expect(gate.passage()).toBe("none");
    found = undefined;
    await gate.ask();
    expect(gate.passage()).toBe("one");
    gate.passed();
    expect(gate.passage()).toBe("all");
  });

  it("asks once at a time", async () => {
    let answer = () => {};
    const answered = new Promise<undefined>((resolve) => {
      answer = () => resolve(undefined);
    });
    const check = vi.fn(() => answered);
    const { gate, outage } = scene(check);
    outage();
    const asked = gate.ask();
    await gate.ask();
    expect(gate.isAsking).toBe(true);
    expect(check).toHaveBeenCalledTimes(1);
    answer();
    await asked;
    expect(gate.isAsking).toBe(false);
  });

  it("is not kept shut by a check that throws, which is told, nor by what a check cannot know", async () => {
    const throwing = scene(async () => Promise.reject(new Error("a bug")));
    throwing.outage();
    await throwing.gate.ask();
    expect(throwing.gate.passage()).toBe("one");
    expect(throwing.errors).toMatchObject([{ during: "check crm" }]);
    const judging = scene(async () => failure("rejected"));
    judging.outage();
    await judging.gate.ask();
    expect(judging.gate.passage()).toBe("one");
  });

  it("stops asking when the lane closes, though the check ignores its signal", async () => {
    const { gate, outage } = scene(() => new Promise(() => {}));
    outage();
    const asked = gate.ask();
    gate.close();
    await asked;
    expect(gate.isAsking).toBe(false);
  });
});

it("a throttled lane is not asked: its downstream has named the time", async () => {
  const check = vi.fn(async () => undefined);
  const { gate, clock } = scene(check);
  gate.failed({ ...failure("throttled"), retryAfterMs: 500 });
  clock.now += gate.waitMs();
  expect(gate.passage()).toBe("one");
  await gate.ask();
  expect(check).not.toHaveBeenCalled();
});

it("sends what came back with a Retry-After no sooner than that, also while the lane stays open", () => {
  const { gate } = scene();
  expect(gate.failed({ ...failure("unavailable"), retryAfterMs: 20_000 })).toBe(20_000);
  expect(gate.passage()).toBe("all");
});

it("stays shut for as long as the downstream asked for, also when a call from before comes to a good end", () => {
  const { gate, clock } = scene();
  gate.failed({ ...failure("throttled"), retryAfterMs: 20_000 });
  gate.failed(failure("transient"));
  gate.passed();
  expect(gate.passage()).toBe("none");
  clock.now += 22_000;
  expect(gate.passage()).toBe("one");
  gate.passed();
  expect(gate.passage()).toBe("all");
});
