import { expect, it } from "vitest";
import type { SyncInvoker } from "../../contracts/sync-invoker.ts";
import type { Failure, FailureKind } from "../../model/outcome.ts";
import { defaultTuning } from "../tuning.ts";
import { Downstream } from "./downstream.ts";
import { LaneBreaker } from "./lane-breaker.ts";

const tuning = { ...defaultTuning, breakerFailures: 2, breakerOpenMs: 1_000 };

function failure(kind: FailureKind, more: Partial<Failure> = {}): Failure {
  return { kind, code: "test", message: "test", effect: "no", ...more };
}

function scene(check?: SyncInvoker["check"]) {
  const clock = { now: 0 };
  const told: string[] = [];
  const invoker: SyncInvoker = {
    invoke: async () => ({ status: "accepted" }),
    ...(check === undefined ? {} : { check }),
  };
  const downstream = new Downstream("crm", invoker, {}, 0);
  const own = { tuning, now: () => clock.now, random: () => 0.5, tell: (event: string) => void told.push(event) };
  const breaker = new LaneBreaker({ ...own, strategy: "orders", downstream });
  const other = new LaneBreaker({ ...own, strategy: "invoices", downstream });
  /** Opens it, and lets its time pass. */
  const outage = () => {
    breaker.failed(failure("unavailable"), "lane");
    clock.now += breaker.waitMs;
  };
  return { breaker, other, clock, told, outage };
}

const checkable = async () => undefined;

it("lets a probe through after an outage when its time has come, where the transport has no check", () => {
  const { breaker, outage } = scene();
  outage();
  expect(breaker.state).toBe("half-open");
});

it("lets none through after an outage before the transport's check finds nothing wrong", () => {
  const { breaker, clock, outage } = scene(checkable);
  outage();
  expect([breaker.state, breaker.waitMs]).toEqual(["open", 0]);
  expect(breaker.beginCheck()).toBe(true);
  expect(breaker.isChecking).toBe(true);
  breaker.checked(failure("unavailable"));
  expect([breaker.state, breaker.isChecking]).toEqual(["open", false]);
  expect(breaker.waitMs).toBeGreaterThan(0);
  clock.now += breaker.waitMs;
  expect(breaker.state).toBe("open");
  breaker.beginCheck();
  breaker.checked(undefined);
  expect(breaker.state).toBe("half-open");
  breaker.passed();
  expect(breaker.state).toBe("closed");
});

it("is not kept open by what a check cannot know", () => {
  const { breaker, outage } = scene(checkable);
  outage();
  breaker.beginCheck();
  breaker.checked(failure("rejected"));
  expect(breaker.state).toBe("half-open");
});

it("needs no check when throttled: the downstream has named the time", () => {
  const { breaker, clock } = scene(checkable);
  breaker.failed(failure("throttled", { retryAfterMs: 5_000 }), "unclear");
  clock.now += breaker.waitMs;
  expect(breaker.state).toBe("half-open");
  expect(breaker.beginCheck()).toBe(false);
});

it("sends what came back with a Retry-After no sooner than that, also while the circuit stays closed", () => {
  const { breaker } = scene();
  expect(breaker.failed(failure("unavailable", { retryAfterMs: 20_000 }), "unclear")).toBe(20_000);
  expect(breaker.state).toBe("closed");
});

it("stays open for as long as the downstream asked for, also when a call from before comes to a good end", () => {
  const { breaker, clock } = scene();
  breaker.failed(failure("throttled", { retryAfterMs: 20_000 }), "unclear");
  breaker.failed(failure("transient"), "unclear");
  breaker.passed();
  expect(breaker.state).toBe("open");
  clock.now += 22_000;
  expect(breaker.state).toBe("half-open");
  breaker.passed();
  expect(breaker.state).toBe("closed");
});

it("opens for all lanes of a downstream that refuses our credentials, until one of them passes", () => {
  const { breaker, other, clock, told } = scene();
  breaker.failed(failure("unauthorized"), "downstream");
  other.failed(failure("unauthorized"), "downstream");
  expect([breaker.state, other.state]).toEqual(["open", "open"]);
  clock.now += other.waitMs;
  other.passed();
  expect([breaker.state, other.state]).toEqual(["closed", "closed"]);
  expect(told).toEqual(["downstreamSuspended", "downstreamResumed"]);
});
