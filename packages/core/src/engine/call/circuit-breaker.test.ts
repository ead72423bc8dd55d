import { expect, it } from "vitest";
import type { Failure } from "../../model/outcome.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";

const failure: Failure = { kind: "unavailable", code: "http.503", message: "away", effect: "no" };

it("lets everything through until it opens", () => {
  expect(new CircuitBreaker().state(0)).toBe("closed");
});

it("lets nothing through while it is open, then single probes until one passes", () => {
  const circuit = new CircuitBreaker();
  circuit.open(failure, 100, 1_000);
  expect([circuit.state(1_000), circuit.state(1_099), circuit.state(1_100)]).toEqual(["open", "open", "half-open"]);
  expect(circuit.waitMs(1_040)).toBe(60);
  expect(circuit.close()).toBe(true);
  expect(circuit.state(1_100)).toBe("closed");
});

it("counts each time that it opens, and forgets the count when it closes", () => {
  const circuit = new CircuitBreaker();
  circuit.open(failure, 100, 0);
  circuit.open(failure, 100, 50);
  expect(circuit.times).toBe(1);
  circuit.open(failure, 100, 200);
  expect(circuit.times).toBe(2);
  circuit.close();
  expect(circuit.times).toBe(0);
});

it("is news when it opens, and for each other kind of failure, but not for a probe that fails", () => {
  const circuit = new CircuitBreaker();
  const open = (kind: Failure["kind"], now: number) => circuit.open({ ...failure, kind }, 100, now);
  expect([open("unavailable", 0), open("misconfigured", 50)]).toEqual(["first", "open already"]);
  expect([open("unavailable", 200), open("misconfigured", 400)]).toEqual(["again", "first"]);
  expect(open("unavailable", 600)).toBe("again");
  circuit.close();
  expect(open("unavailable", 800)).toBe("first");
});

it("never closes sooner for a further failure", () => {
  const circuit = new CircuitBreaker();
  circuit.open(failure, 1_000, 0);
  circuit.open(failure, 10, 500);
  expect(circuit.state(900)).toBe("open");
});
