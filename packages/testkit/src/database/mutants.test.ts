import { describe, expect, it } from "vitest";
import { runCheck } from "../suite/declare-suite.ts";
import { claimMutants } from "../testing/lease-and-settle-mutants.ts";
import { memoryFixture } from "../testing/memory-fixture.ts";
import { otherMutants } from "../testing/operator-and-read-mutants.ts";
import { changeMutants } from "../testing/record-and-dispatch-mutants.ts";
import { closingSessions } from "./closing-sessions.ts";
import { databaseChecks } from "./conformance.ts";

const mutants = [...changeMutants, ...claimMutants, ...otherMutants];
const checks = new Map(databaseChecks.flatMap((group) => group.checks).map((check) => [check.name, check]));

console.log(`database mutants: ${mutants.length}, for ${new Set(mutants.map(({ caughtBy }) => caughtBy)).size} checks`);

describe("an adapter is caught, by the check meant for it, that", () => {
  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))("%s", async (_, { caughtBy, breakage }) => {
    const check = checks.get(caughtBy);
    if (check === undefined) throw new Error(`There is no check "${caughtBy}".`);
    await runCheck(check, () => closingSessions(memoryFixture()));
    const caught = runCheck(check, () => closingSessions(memoryFixture(breakage)));
    await expect(caught).rejects.toThrow();
  });
});

it("has no two checks and no two mutants of one name", () => {
  expect(checks.size).toBe(databaseChecks.flatMap((group) => group.checks).length);
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});
