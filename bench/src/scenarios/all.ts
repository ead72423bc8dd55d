import { batches, fanOut, hotKeys, oneRow, oneRowSameEngine } from "./drain-scenarios.ts";
import { latencies } from "./latency.ts";
import { byHandBatches, byHandOneRow, databaseLimits } from "./limits.ts";
import { recordAlone, recordTogether } from "./record-cost.ts";
import type { Scenario } from "./scenario.ts";

/** In the order of running, and of the report. */
export const scenarios: readonly Scenario[] = [
  oneRow,
  oneRowSameEngine,
  batches,
  byHandOneRow,
  byHandBatches,
  databaseLimits,
  fanOut,
  hotKeys,
  recordAlone,
  recordTogether,
  ...latencies,
];
