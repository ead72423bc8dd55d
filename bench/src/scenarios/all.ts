import { idle, startUp } from "./at-rest.ts";
import { batches, fanOut, hotKeys, oneRow, oneRowSameEngine } from "./drain-scenarios.ts";
import { besideFloods } from "./floods.ts";
import { growthBacklog, growthStrategies, growthUptime } from "./growth.ts";
import { lateQuery } from "./late-query.ts";
import { latencies } from "./latency.ts";
import { byHandBatches, byHandOneRow, databaseLimits } from "./limits.ts";
import { moduleLoading } from "./module-loading.ts";
import { idleStrategies, readings, transports, workers } from "./more-drains.ts";
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
  readings,
  transports,
  workers,
  idleStrategies,
  besideFloods,
  recordAlone,
  recordTogether,
  lateQuery,
  ...latencies,
  growthBacklog,
  growthStrategies,
  growthUptime,
  idle,
  startUp,
  moduleLoading,
];

/** One of each kind, for a quick look. */
export const coreScenarios: readonly Scenario[] = [
  oneRow,
  batches,
  byHandOneRow,
  hotKeys,
  recordTogether,
  lateQuery,
  growthStrategies,
];
