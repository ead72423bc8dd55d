import type { Stall } from "../stalls.ts";

/** What a worker process is told at its start. */
export interface WorkerOrder {
  readonly url: string;
  readonly downstreamUrl: string;
  readonly leaseMs: number;
  /** How many connections it may have. */
  readonly connections: number;
}

/** What it is told while it runs: its wall clock is wrong by this much from now on. */
export interface ClockOrder {
  readonly clockOffsetMs: number;
}

export type FromWorker =
  | { readonly event: "started" | "stopped" }
  | { readonly event: "clock"; readonly now: number }
  | ({ readonly event: "stalled" } & Stall)
  | { readonly event: "late"; readonly strategy: string; readonly key: string }
  | { readonly event: "error"; readonly during: string; readonly message: string };
