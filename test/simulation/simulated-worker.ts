import type { Owner } from "./timer-queue.ts";

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
  /** It reaches the database no more, for now. */
  isCutOff: boolean;
  /** When something kept it from its work: from when until when. */
  readonly troubles: { readonly from: number; readonly to: number }[];
  /** When it last took up changed strategies: their lanes begin anew. */
  reloadedAt: number;
  isStopped: boolean;
}

/** Whether it was free to do its work all the time from here to there. */
export function wasWell({ owner, troubles }: SimulatedWorker, from: number, to: number): boolean {
  return !owner.dead && !owner.frozen && troubles.every((trouble) => trouble.to < from || trouble.from > to);
}

/** Whether what it began before its last `freezes` freezes may have been taken over by others. */
export function isAwake({ owner, freezes }: SimulatedWorker, freezesThen: number): boolean {
  return !owner.dead && !owner.frozen && freezes === freezesThen;
}
