import type { Failure, FailureKind } from "../model/outcome.ts";
import type { Tuning } from "./tuning.ts";

/**
 * Who is to blame for a failure, as `call/outage-detector.ts` finds. `item`: it alone fails so.
 * `lane`, `downstream`: an outage, and how far it reaches. Not known yet: `first`, as far as this
 * worker knows the item never failed before, and `unclear`.
 */
export type Blame = "item" | "first" | "unclear" | "lane" | "downstream";

/**
 * What a failure costs an item. `release`: nothing, it goes back without a mark. `wait`: nothing at
 * first, and an attempt each time once it has waited for `tuning.dependencyMs`.
 */
export type Cost = "dead" | "attempt" | "release" | "wait";

/** What one kind of failure means, wherever it is asked. */
export interface FailurePolicy {
  /**
   * What it costs an item while nobody knows whose fault it is. An outage of it costs no item
   * anything.
   */
  readonly item: Cost;
  /** What it costs an item that alone fails so, while others are answered well. */
  readonly alone: Cost;
  /**
   * A batch that fails as a whole. `halve`: at once, until the item at fault stands alone. `alike`:
   * only where one of its items is to blame, and before an attempt that would be an item's last.
   */
  readonly batch: "halve" | "alike";
  /**
   * How many in a row, without a good answer in between, are an outage. `calls`:
   * `tuning.breakerFailures`; `first`: as many, or the first one where nothing was ever answered
   * well; `items`: of as many different items, since one item fails so by itself as often as it is
   * tried. `never`: not told by counting.
   */
  readonly outage: "calls" | "first" | "items" | "never";
  /** Whose good answers speak against an outage, what an outage of it holds, and what health names then. */
  readonly reach: "lane" | "downstream";
  /**
   * How many calls must have been answered well since an item failed before, for each other failure
   * and one more, to show that it alone is at fault. More where parts of a downstream may be away:
   * that must cost the items of a part nothing.
   */
  readonly majority: number;
  /**
   * What was found to be at fault is so when it fails again, though nobody else was answered well
   * since.
   */
  readonly lasting: boolean;
  /**
   * The lane's circuit breaker. `close`: the downstream works. `open`: in an outage. `throttle`: at
   * once, for as long as the downstream asks.
   */
  readonly lane: "close" | "open" | "throttle" | "nothing";
  /** How long a circuit stays open: the first time, and at most; each further time doubles it. */
  readonly opensMs: readonly [keyof Tuning, keyof Tuning];
  /**
   * What the first call after that risks: where one bad item may be to blame, another one alone.
   */
  readonly probe: "item" | "batch";
  /** Before it, the transport is asked whether the downstream is back, where it can tell. */
  readonly check: boolean;
  /** A check that finds it keeps the lane's circuit open. */
  readonly keepsOpen: boolean;
  /** How loud the log tells that a circuit opened. */
  readonly log: "error" | "warn" | "info";
}

const breaker = ["breakerOpenMs", "breakerMaxOpenMs"] as const;

/**
 * The one place that says what a kind of failure leads to: DESIGN's "Outage is not poison". Who is
 * to blame says `call/outage-detector.ts`. A new kind does not compile until it stands here.
 */
export const failurePolicy = {
  unavailable: {
    item: "release",
    alone: "attempt",
    batch: "alike",
    outage: "calls",
    reach: "lane",
    majority: 10,
    lasting: false,
    lane: "open",
    opensMs: breaker,
    probe: "item",
    check: true,
    keepsOpen: true,
    log: "warn",
  },
  transient: {
    item: "attempt",
    alone: "attempt",
    batch: "alike",
    outage: "items",
    reach: "lane",
    majority: 1,
    lasting: true,
    lane: "open",
    opensMs: breaker,
    probe: "item",
    check: false,
    keepsOpen: false,
    log: "warn",
  },
  dependency: {
    item: "wait",
    alone: "wait",
    batch: "halve",
    outage: "never",
    reach: "lane",
    majority: 1,
    lasting: true,
    lane: "close",
    opensMs: breaker,
    probe: "batch",
    check: false,
    keepsOpen: false,
    log: "info",
  },
  throttled: {
    item: "release",
    alone: "release",
    batch: "alike",
    outage: "never",
    reach: "lane",
    majority: 1,
    lasting: true,
    lane: "throttle",
    opensMs: ["throttleMs", "misconfiguredProbeMs"],
    probe: "batch",
    check: false,
    keepsOpen: true,
    log: "warn",
  },
  unauthorized: {
    item: "release",
    alone: "attempt",
    batch: "alike",
    outage: "first",
    reach: "downstream",
    majority: 1,
    lasting: true,
    lane: "open",
    opensMs: ["breakerOpenMs", "unauthorizedProbeMs"],
    probe: "item",
    check: false,
    keepsOpen: true,
    log: "error",
  },
  misconfigured: {
    item: "release",
    alone: "attempt",
    batch: "alike",
    outage: "first",
    reach: "lane",
    majority: 1,
    lasting: true,
    lane: "open",
    opensMs: ["breakerOpenMs", "misconfiguredProbeMs"],
    probe: "item",
    check: false,
    keepsOpen: true,
    log: "error",
  },
  "too-large": {
    item: "dead",
    alone: "dead",
    batch: "halve",
    outage: "never",
    reach: "lane",
    majority: 1,
    lasting: true,
    lane: "close",
    opensMs: breaker,
    probe: "batch",
    check: false,
    keepsOpen: false,
    log: "info",
  },
  rejected: {
    item: "dead",
    alone: "dead",
    batch: "halve",
    outage: "never",
    reach: "lane",
    majority: 1,
    lasting: true,
    lane: "close",
    opensMs: breaker,
    probe: "batch",
    check: false,
    keepsOpen: false,
    log: "info",
  },
  cancelled: {
    item: "release",
    alone: "release",
    batch: "alike",
    outage: "never",
    reach: "lane",
    majority: 1,
    lasting: true,
    lane: "nothing",
    opensMs: breaker,
    probe: "batch",
    check: false,
    keepsOpen: false,
    log: "info",
  },
} as const satisfies Record<FailureKind, FailurePolicy>;

export function policyOf({ kind }: Pick<Failure, "kind">): FailurePolicy {
  return failurePolicy[kind];
}

/** What a failure costs an item. */
export function costOf(failure: Pick<Failure, "kind">, blame: Blame): Cost {
  const { item, alone } = policyOf(failure);
  if (blame === "item") return alone;
  const isOutage = blame === "lane" || blame === "downstream";
  return isOutage && item === "attempt" ? "release" : item;
}
