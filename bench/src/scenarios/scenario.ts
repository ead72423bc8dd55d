import type { BenchContext } from "../drain/bench-context.ts";
import type { ScenarioReport } from "../report/measurement.ts";

export interface Scenario {
  readonly name: string;
  run(context: BenchContext): Promise<ScenarioReport>;
}
