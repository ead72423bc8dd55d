import { describe, expect, it } from "vitest";
import { type HistoryReport, runHistory } from "./history.ts";
import { plantedBugs } from "./planted-bugs.ts";

const histories = Number(process.env.SYNCLINE_SIMULATIONS ?? 1_500);
const firstSeed = Number(process.env.SYNCLINE_SEED ?? 1);
const historiesPerBug = 200;

describe("the engine, simulated", () => {
  it("keeps its promises in every random history", { timeout: 0 }, async () => {
    const faults = new Map<string, number>();
    let steps = 0;
    for (let seed = firstSeed; seed < firstSeed + histories; seed += 1) {
      const report = await runHistory(seed);
      if (report.violations.length > 0) expect.fail(tell(report));
      steps += report.steps;
      for (const [kind, count] of report.faults) faults.set(kind, (faults.get(kind) ?? 0) + count);
      await turn();
    }
    const told = [...faults].sort().map(([kind, count]) => `${kind} ${count}`);
    console.log(`${histories} histories from seed ${firstSeed}, ${steps} steps; faults: ${told.join(", ")}`);
  });

  it("lets no lease lapse after settlements that failed for longer than one", async () => {
    expect((await runHistory(2121370)).violations).toEqual([]);
  });

  it("replays a history from its seed", async () => {
    const first = await runHistory(7);
    expect((await runHistory(7)).trace.hash).toBe(first.trace.hash);
    expect((await runHistory(8)).trace.hash).not.toBe(first.trace.hash);
  });

  it.each(plantedBugs)("finds $name", async (bug) => {
    for (let seed = 1; seed <= historiesPerBug; seed += 1) {
      const { violations } = await runHistory(seed, bug);
      if (violations.some((violation) => bug.violation.test(violation))) return;
    }
    expect.fail(`Not found in ${historiesPerBug} histories.`);
  });
});

/** A history never leaves the event loop to anybody else. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function tell({ seed, violations, trace }: HistoryReport): string {
  const key = violations.join(" ").match(/\{[^}]*\}/)?.[0] ?? "";
  return [...violations, `SYNCLINE_SEED=${seed} SYNCLINE_SIMULATIONS=1`, trace.of(key)].join("\n");
}
