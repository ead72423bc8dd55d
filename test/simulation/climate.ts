import type { Random } from "../../packages/testkit/src/history/random.ts";
import { strategyNames } from "./strategies.ts";

/** What may happen between two steps of a history. */
export const acts = [
  "change",
  "late commit",
  "worker dies",
  "worker stops",
  "worker freezes",
  "worker's clock jumps",
  "operator requeues",
  "operator discards",
  "operator pauses",
  "operator resumes",
  "operator backfills",
  "strategy changes",
  "strategy switches",
  "strategy comes",
  "strategy goes",
  "strategy breaks",
  "downstream goes away",
  "database goes away",
  "worker is cut off",
  "drain",
] as const;
export type Act = (typeof acts)[number];

/** How a call may end. */
export const fates = [
  "hangs",
  "unavailable",
  "transient",
  "throttled",
  "rejected",
  "too-large",
  "unauthorized",
  "misconfigured",
  "throws",
  "ignores its signal",
  "tells nonsense",
  "partial",
  "unsendable",
] as const;
export type Fate = (typeof fates)[number];

/** What one history is like: each has other strategies, other faults and another pace, so that rare pairs meet often. */
export interface Climate {
  readonly workers: number;
  readonly keys: number;
  readonly acts: number;
  /** Milliseconds between two acts, at most. */
  readonly haste: number;
  readonly strategies: readonly string[];
  /** How much of the database's calls fail. */
  readonly database: number;
  /** How much of the calls fail, and how. */
  readonly calls: number;
  readonly fates: readonly Fate[];
  readonly others: readonly Act[];
  /** How many of the acts are something else than a change. */
  readonly unrest: number;
  /** Transports can be asked whether the downstream is back. */
  readonly asks: boolean;
  /** Short ones have to be renewed in the midst of a call. */
  readonly leaseMs: number;
  /** How long a downstream takes in the storm, at most. */
  readonly latencyMs: number;
  /** The first workers do not know one of the categories. */
  readonly upgrade: boolean;
}

export function drawClimate(random: Random): Climate {
  const some = <Each>(list: readonly Each[], share: number): readonly Each[] => list.filter(() => random.chance(share));
  const names = [...strategyNames];
  const strategies = Array.from({ length: random.integer(1, 3) }, () => {
    return names.splice(random.integer(0, names.length - 1), 1)[0] ?? "single";
  });
  const upgrade = random.chance(0.06);
  return {
    workers: random.pick([1, 2, 2, 3]),
    keys: random.integer(1, 4),
    acts: random.integer(4, 16),
    haste: random.pick([8, 40, 120]),
    strategies: upgrade ? [...strategies, "parts"] : strategies,
    database: random.pick([0, 0.04, 0.12]),
    calls: random.pick([0, 0.2, 0.5]),
    fates: some(fates, 0.5),
    others: some(acts.slice(1), 0.4),
    unrest: random.pick([0.15, 0.4]),
    asks: random.chance(0.5),
    leaseMs: random.pick([400, 900]),
    latencyMs: random.pick([30, 30, 200]),
    upgrade,
  };
}
