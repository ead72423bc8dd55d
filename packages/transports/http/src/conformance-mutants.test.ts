import assert from "node:assert/strict";
import { httpFixture, runCheck, transportChecks } from "@syncline/testkit";
import { describe, expect, it } from "vitest";
import { closingMutants } from "./testing/closing-mutants.ts";
import { connectionMutants } from "./testing/connection-mutants.ts";
import { contentMutants } from "./testing/content-mutants.ts";
import { manifestMutants } from "./testing/manifest-mutants.ts";
import { healthy } from "./testing/mutant.ts";
import { outcomeMutants } from "./testing/outcome-mutants.ts";
import { secrecyMutants } from "./testing/secrecy-mutants.ts";
import { timeMutants } from "./testing/time-mutants.ts";

const answer = { message: "error" };
const items = { path: "errors", index: "index", code: "code", kind: "rejected" };
const strategies = {
  single: { path: "/orders", options: { envelope: true, answer } },
  batch: { path: "/orders", options: { envelope: true, answer: { ...answer, items } } },
};

const mutants = [
  ...manifestMutants,
  ...outcomeMutants,
  ...connectionMutants,
  ...timeMutants,
  ...contentMutants,
  ...secrecyMutants,
  ...closingMutants,
];
const list = transportChecks(["batch", "perItemOutcome", "delete"]).flatMap((group) => group.checks);
const checks = new Map(list.map((check) => [check.name, check]));

describe("mutants of the transport conformance: caught, by the check meant for it, is one that", () => {
  it.each(mutants)("$name", async ({ create, caughtBy }) => {
    const check = checks.get(caughtBy);
    assert.ok(check, `there is no check "${caughtBy}"`);
    await expect(runCheck(check, () => httpFixture(create, strategies))).rejects.toThrow(assert.AssertionError);
  });
});

describe("what the mutants are made of is healthy, and passes", () => {
  it.each([...checks.values()])("$name", async (check) => {
    await runCheck(check, () => httpFixture(healthy, strategies));
  });
});

it("every check catches a mutant", () => {
  expect(new Set(mutants.map(({ caughtBy }) => caughtBy))).toEqual(new Set(checks.keys()));
});
