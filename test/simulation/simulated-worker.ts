import type { Owner } from "./virtual-time.ts";

/** A worker as the simulation sees it. */
export interface SimulatedWorker {
  readonly name: string;
  readonly owner: Owner;
  /** Categories that it knows. */
  readonly knows: ReadonlySet<string>;
  /** Tokens of the leases that the database gave it. */
  readonly tokens: Set<string>;
  /** How often it was frozen. */
  freezes: number;
  /** When its way to the database last failed. */
  troubledAt: number;
  /** When it last took up changed strategies: their lanes begin anew. */
  reloadedAt: number;
  isStopped: boolean;
}

/** Whether what it began before its last `freezes` freezes may have been taken over by others. */
export function isAwake({ owner, freezes }: SimulatedWorker, freezesThen: number): boolean {
  return !owner.dead && !owner.frozen && freezes === freezesThen;
}
