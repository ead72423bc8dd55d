import { batches, fanOut, hotKeys, oneRow } from "./drain-scenarios.ts";
import { latency } from "./latency.ts";
import { recordAlone, recordTogether } from "./record-cost.ts";
import type { Scenario } from "./scenario.ts";

/** In the order of running, and of the report. */
export const scenarios: readonly Scenario[] = [oneRow, batches, fanOut, hotKeys, recordAlone, recordTogether, latency];
