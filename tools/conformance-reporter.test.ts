import { afterEach, expect, it, vi } from "vitest";
import type { TestModule } from "vitest/node";
import ConformanceReporter from "./conformance-reporter.ts";

afterEach(() => vi.restoreAllMocks());

type Told = readonly [project: string, ancestors: readonly string[], name: string, state: string];

/** What the reporter says of a run of these tests. */
function report(...tests: readonly Told[]): readonly string[] {
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => lines.push(...text.split("\n")));
  const all = tests.map(([project, ancestors, name, state]) => ({
    name,
    project: { name: project },
    result: () => ({ state }),
    parent: ancestors.reduceRight((parent, each) => ({ type: "suite", name: each, parent }), {
      type: "module",
    } as object),
  }));
  const module = { children: { allTests: () => all } };
  new ConformanceReporter().onTestRunEnd([module as unknown as TestModule]);
  return lines.filter((line) => line !== "");
}

const suite = ["database conformance", "claim and lease"];
const mutants = ["mutants of the database conformance: caught is one that"];

it("counts the checks of each suite where it ran, each name once in all, and what was skipped", () => {
  const lines = report(
    ["adapters/b", suite, "one", "passed"],
    ["adapters/b", suite, "two (skipped: it cannot)", "skipped"],
    ["adapters/a", ["over some engine", ...suite], "one", "passed"],
    ["adapters/a", ["over some engine", ...suite], "two", "passed"],
    ["adapters/a", ["another suite"], "three", "passed"],
  );
  expect(lines).toEqual([
    "  conformance: adapters/a: database: 2 checks passed",
    "  conformance: adapters/b: database: 1 checks passed, 1 skipped",
    "conformance: 2 named checks: 3 passed, 1 skipped, 0 failed in 2 runs",
  ]);
});

it("counts mutants apart, and says which were not caught", () => {
  const lines = report(
    ["testkit", mutants, "forgets", "passed"],
    ["testkit", mutants, "shortens", "failed"],
    ["testkit", suite, "one", "failed"],
  );
  expect(lines).toEqual([
    "  conformance: testkit: database: 1 mutants caught, 1 NOT CAUGHT",
    "  conformance: testkit: database: 0 checks passed, 1 FAILED",
    "conformance: 1 named checks: 0 passed, 0 skipped, 1 failed in 1 runs; 1 of 2 mutants caught",
  ]);
});

it("says nothing where no suite ran", () => {
  expect(report(["core", ["another suite"], "one", "passed"])).toEqual([]);
});
