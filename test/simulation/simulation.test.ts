import { describe, expect, it } from "vitest";
import { type HistoryReport, runHistory } from "./history.ts";
import { plantedBugs } from "./planted-bugs.ts";

const histories = Number(process.env.SYNCLINE_SIMULATIONS ?? 200);
const firstSeed = Number(process.env.SYNCLINE_SEED ?? 1);

describe("the engine, simulated", () => {
  it("keeps its promises in every random history", { timeout: 0 }, async () => {
    const faults = new Map<string, number>();
    let steps = 0;
    for (let seed = firstSeed; seed < firstSeed + histories; seed += 1) {
      const report = await runHistory(seed);
      expect(report.violations, tell(report)).toEqual([]);
      steps += report.steps;
      for (const [kind, count] of report.faults) faults.set(kind, (faults.get(kind) ?? 0) + count);
    }
    console.log(`${histories} histories, ${steps} steps, faults: ${JSON.stringify(Object.fromEntries(faults))}`);
  });

  it("replays a history from its seed", async () => {
    const first = await runHistory(7);
    expect((await runHistory(7)).hash).toBe(first.hash);
    expect((await runHistory(8)).hash).not.toBe(first.hash);
  });

  it.each(plantedBugs)("finds within 30 histories: $name", async (bug) => {
    for (let seed = 1; seed <= 30; seed += 1) {
      if ((await runHistory(seed, bug)).violations.some((violation) => bug.violation.test(violation))) return;
    }
    expect.fail("No history found it.");
  });
});

function tell({ seed, violations, trace }: HistoryReport): string {
  const key = violations.join(" ").match(/\{[^}]*\}/)?.[0] ?? "";
  return `SYNCLINE_SEED=${seed} SYNCLINE_SIMULATIONS=1\n${trace.of(key)}`;
}
