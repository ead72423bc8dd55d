import { describe, expect, it } from "vitest";
import { runCheck } from "../suite/declare-suite.ts";
import { checksWithoutMutant, databaseMutants } from "../testing/database-mutants.ts";
import { memoryCapabilities, memoryFixture } from "../testing/memory-fixture.ts";
import { closingSessions } from "./closing-sessions.ts";
import { databaseChecks } from "./conformance.ts";

const list = databaseChecks(memoryCapabilities).flatMap((group) => group.checks);
const checks = new Map(list.map((check) => [check.name, check]));

describe("mutants of the database conformance: caught, by the check meant for it, is one that", () => {
  it.each(databaseMutants.map((mutant) => [mutant.name, mutant] as const))("%s", async (_, mutant) => {
    const { caughtBy, breakage, on = memoryFixture } = mutant;
    const check = checks.get(caughtBy);
    if (check === undefined) throw new Error(`There is no check "${caughtBy}".`);
    await runCheck(check, () => closingSessions(on()));
    const caught = runCheck(check, () => closingSessions(on(breakage)));
    await expect(caught).rejects.toThrow();
  });
});

it("every check catches a mutant, or says why there is none", () => {
  const caught = new Set(databaseMutants.map(({ caughtBy }) => caughtBy));
  const idle = list.map(({ name }) => name).filter((name) => !caught.has(name));
  expect(idle).toEqual(Object.keys(checksWithoutMutant));
});

it("has no two checks and no two mutants of one name", () => {
  expect(checks.size).toBe(list.length);
  expect(new Set(databaseMutants.map(({ name }) => name)).size).toBe(databaseMutants.length);
});
