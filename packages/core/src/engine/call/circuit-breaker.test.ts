import { expect, it } from "vitest";
import type { Failure } from "../../model/outcome.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";

const failure: Failure = { kind: "unavailable", code: "http.503", message: "away", effect: "no" };

it("lets everything through until it is shut", () => {
  expect(new CircuitBreaker().passage(0)).toBe("all");
});

it("lets nothing through while it is shut, then single probes until one passes", () => {
  const gate = new CircuitBreaker();
  gate.shut(failure, 100, 1_000);
  expect([gate.passage(1_000), gate.passage(1_099), gate.passage(1_100)]).toEqual(["none", "none", "one"]);
  expect(gate.waitMs(1_040)).toBe(60);
  expect(gate.open()).toBe(true);
  expect(gate.passage(1_100)).toBe("all");
});

it("counts a shut for each time it was not shut already, and forgets the count when it opens", () => {
  const gate = new CircuitBreaker();
  gate.shut(failure, 100, 0);
  gate.shut(failure, 100, 50);
  expect(gate.times).toBe(1);
  gate.shut(failure, 100, 200);
  expect(gate.times).toBe(2);
  gate.open();
  expect(gate.times).toBe(0);
});

it("never shortens a shutting by a further one", () => {
  const gate = new CircuitBreaker();
  gate.shut(failure, 1_000, 0);
  gate.shut(failure, 10, 500);
  expect(gate.passage(900)).toBe("none");
});
