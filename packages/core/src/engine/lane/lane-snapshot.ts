import type { CircuitState } from "../call/circuit-breaker.ts";

/** Where a lane stands, for a person. Counts are deliveries. */
export interface LaneSnapshot {
  readonly strategy: string;
  readonly circuit: CircuitState;
  readonly isChecking: boolean;
  readonly isRetired: boolean;
  readonly window: number;
  readonly reading: number;
  readonly ready: number;
  readonly sending: number;
  readonly calls: readonly { readonly items: number; readonly timeoutMs: number }[];
}
