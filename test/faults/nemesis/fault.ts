import type { Random } from "../../../packages/testkit/src/history/random.ts";
import type { FaultyWorker } from "./faulty-worker.ts";

export interface FaultContext {
  /** Straight to the server, never through the proxy. */
  readonly adminUrl: string;
  readonly random: Random;
  readonly workers: readonly FaultyWorker[];
  /** Fires at the end of the chaos phase: heal and return. */
  readonly signal: AbortSignal;
  /** Says what is being done, and to whom. */
  note?(target: string): void;
}

/** Something bad that happens to a running system. */
export interface Fault {
  readonly name: string;
  /** Resolves when it is healed. */
  inflict(context: FaultContext): Promise<void>;
}

/** What a worker did that it must not do, whatever happens to it: be it late for its own end. */
export class Misconduct extends Error {
  override readonly name = "Misconduct";
}

/** One fault as it was inflicted. Epoch milliseconds. */
export interface Inflicted {
  readonly fault: string;
  readonly at: number;
  healedAt: number | undefined;
  readonly targets: string[];
}
