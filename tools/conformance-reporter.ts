import type { Reporter, TestCase, TestModule } from "vitest/node";

interface Tally {
  /** The project that runs the suite, or whose mutants it catches: `adapters/postgres`. */
  readonly project: string;
  readonly suite: string;
  readonly kind: "checks" | "mutants";
  readonly names: Set<string>;
  passed: number;
  failed: number;
  skipped: number;
}

/** As the testkit names its suites, and as their own tests name what they break on purpose. */
const suiteName = /^(?:mutants of the )?(.+) conformance\b/;

/** Says after a run which conformance suites ran where, and how many checks and mutants that was. */
export default class ConformanceReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tallies = new Map<string, Tally>();
    for (const module of modules) for (const test of module.children.allTests()) count(tallies, test);
    if (tallies.size === 0) return;
    const all = [...tallies.values()].sort((one, other) => (one.project < other.project ? -1 : 1));
    console.log(["", ...all.map(lineOf), totalOf(all), ""].join("\n"));
  }
}

function count(tallies: Map<string, Tally>, test: TestCase): void {
  const title = ancestors(test).find((name) => suiteName.test(name));
  const suite = title && suiteName.exec(title)?.[1];
  if (title === undefined || suite === undefined) return;
  const kind = title.startsWith("mutants of ") ? "mutants" : "checks";
  const project = test.project.name;
  const place = `${project} ${suite} ${kind}`;
  const tally = tallies.get(place) ?? { project, suite, kind, names: new Set(), passed: 0, failed: 0, skipped: 0 };
  tallies.set(place, tally);
  tally.names.add(test.name.replace(/ \(skipped: .*\)$/, ""));
  const { state } = test.result();
  if (state === "passed" || state === "failed" || state === "skipped") tally[state] += 1;
}

function ancestors(test: TestCase): readonly string[] {
  const names: string[] = [];
  for (let at = test.parent; at.type === "suite"; at = at.parent) names.push(at.name);
  return names;
}

function lineOf({ project, suite, kind, passed, failed, skipped }: Tally): string {
  const parts = [
    `${passed} ${kind} ${kind === "checks" ? "passed" : "caught"}`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(failed > 0 ? [`${failed} ${kind === "checks" ? "FAILED" : "NOT CAUGHT"}`] : []),
  ];
  return `  conformance: ${project}: ${suite}: ${parts.join(", ")}`;
}

function totalOf(tallies: readonly Tally[]): string {
  const of = (kind: Tally["kind"]) => tallies.filter((tally) => tally.kind === kind);
  const checks = of("checks");
  const mutants = of("mutants");
  const named = new Set(checks.flatMap(({ suite, names }) => [...names].map((name) => `${suite}: ${name}`)));
  const [passed, skipped, failed] = [sum(checks, "passed"), sum(checks, "skipped"), sum(checks, "failed")];
  const caught = sum(mutants, "passed");
  const parts = [
    ...(checks.length > 0
      ? [`${named.size} named checks: ${passed} passed, ${skipped} skipped, ${failed} failed in ${checks.length} runs`]
      : []),
    ...(mutants.length > 0 ? [`${caught} of ${caught + sum(mutants, "failed")} mutants caught`] : []),
  ];
  return `conformance: ${parts.join("; ")}`;
}

function sum(tallies: readonly Tally[], what: "passed" | "failed" | "skipped"): number {
  return tallies.reduce((total, tally) => total + tally[what], 0);
}
