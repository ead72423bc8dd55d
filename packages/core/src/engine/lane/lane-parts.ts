import type { Strategy } from "../../model/strategy.ts";
import type { Downstream } from "../call/downstream.ts";
import type { PipelineEvent } from "../events.ts";
import type { WindowGate } from "../poll/window-gate.ts";
import type { ReadBudget } from "../read/read-budget.ts";
import type { Tuning } from "../tuning.ts";

export interface LaneParts {
  readonly strategy: Strategy;
  readonly downstream: Downstream;
  readonly budget: ReadBudget;
  readonly tuning: Tuning;
  /** Monotonic, milliseconds. */
  readonly now: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Of the pipeline and of the strategy. */
  readonly gates?: readonly WindowGate[];
  /** Whether anybody would hear of it. */
  readonly hasListeners: (event: PipelineEvent) => boolean;
  /** Called when the downstream, or the turn for large items, may be free: step with `due` then. */
  readonly resume: () => void;
}
