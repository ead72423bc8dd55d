import { type AnswerRow, flagOf, instantOf, operationOf } from "./answer-row.ts";
import type { ChangeOperation } from "./change.ts";
import { columnsOf, digits, flag, instant, number, operation, optionalText, text } from "./columns.ts";
import type { Failure } from "./outcome.ts";

/** A lease: while it holds, nobody else delivers what it covers. */
export interface Lease {
  /** A UUID. Every renew and settle names it. */
  readonly token: string;
  /** Milliseconds from the database's now. */
  readonly durationMs: number;
}

/** How long a strategy wants its keys to be quiet before they go out. It delays the claim, never the recording. */
export interface QuietWindow {
  readonly quietMs: number;
  /** No key waits longer than this after its first change. */
  readonly maxMs: number;
}

/**
 * What routing made of changes: bring one strategy's downstream up to date on one key. Unique within one routing per
 * (strategy, key, ordinal).
 */
export interface RoutedDelivery {
  readonly strategy: string;
  /** Canonical condition text. */
  readonly key: string;
  /**
   * `"0"` for a strategy that coalesces; the change's id for one that does not, in whose order a key's deliveries are given
   * their revisions. Decimal digits.
   */
  readonly ordinal: string;
  /** The hint of the newest change folded in. */
  readonly operation: ChangeOperation;
  /** Database clock of the oldest change folded in, epoch milliseconds. */
  readonly firstRecordedAt: number;
  /** How many changes were folded into it, at least 1. */
  readonly changes: number;
  /** Trace context of the newest change that has one: well-formed. */
  readonly traceparent?: string | null;
  /** Lease it at once if it is new, due and its strategy is not paused. */
  readonly lease?: Lease;
  readonly debounce?: QuietWindow;
}

/** How many deliveries of a strategy a worker has room for. */
export interface Demand {
  readonly strategy: string;
  /** At least 1. */
  readonly count: number;
  /**
   * The strategy does not coalesce: expect that deliveries wait for others of their key. They may
   * have to without it, too.
   */
  readonly strict: boolean;
}

/** A delivery that this worker holds a lease on. */
export interface Claim {
  /** The delivery row's id: decimal digits. */
  readonly id: string;
  readonly strategy: string;
  readonly key: string;
  /**
   * `"0"` for a strategy that coalesces. For one that does not, the revision: what is dispatched later goes out later, also
   * where its change has a lower id and was committed late.
   */
  readonly ordinal: string;
  /**
   * Decimal digits. Drawn from a sequence when changes are folded in, under the dispatcher lock: it grows with every
   * fold of the key, whatever order the changes' ids had, so it can fence both the settle and the receiver.
   */
  readonly revision: string;
  readonly operation: ChangeOperation;
  /** Raised by each requeue of a dead letter. */
  readonly epoch: number;
  /** Failed attempts that counted, leases that lapsed among them. */
  readonly attempts: number;
  /** Somebody had leased it before and did not come to an end: a call may have gone out, and nobody knows. */
  readonly lapsed: boolean;
  readonly token: string;
  /** Database clock of the oldest change folded in since the last accepted delivery, epoch milliseconds. */
  readonly firstRecordedAt: number;
  /** `RoutedDelivery.traceparent` of the last fold. An adapter that keeps none leaves it out. */
  readonly traceparent?: string | null;
}

/** What an adapter's claim answers with. `lapsed`: whether a lease had. */
export const claimColumns = columnsOf<Omit<Claim, "token">>({
  id: digits,
  strategy: text,
  key: text,
  ordinal: digits,
  revision: digits,
  operation,
  epoch: number,
  attempts: number,
  firstRecordedAt: instant,
  lapsed: flag,
  traceparent: optionalText,
});

export type ClaimColumn = (typeof claimColumns)["names"][number];

/** A text of ASCII without blanks, of so many characters at most. */
export interface CarriedText {
  readonly most: number;
  /** NULL where there is none. */
  readonly isOptional: boolean;
}

/**
 * What a delivery takes from its newest change as it is, and a claim answers with: a fold overwrites
 * it, also by NULL. Each adapter's statements follow from this; its tables need a column of the name.
 */
export const carriedTexts = {
  operation: { most: 6, isOptional: false },
  traceparent: { most: 55, isOptional: true },
} as const satisfies {
  readonly [Name in ClaimColumn & keyof RoutedDelivery]?: CarriedText;
};

export type CarriedColumn = keyof typeof carriedTexts;

export const carriedColumns = Object.keys(carriedTexts) as readonly CarriedColumn[];

export type Carried = Required<Pick<RoutedDelivery, CarriedColumn>>;

/** Written out: it is made for each delivery. */
export function carriedOf({ operation, traceparent = null }: Pick<RoutedDelivery, CarriedColumn>): Carried {
  return { operation, traceparent };
}

const { at } = claimColumns;

/** A row that begins with `claimColumns`, in their order; what follows is the adapter's own. */
export function claimOf(row: AnswerRow, token: string): Claim {
  const claim = new LeasedClaim(String(row[at.id]), String(row[at.strategy]), String(row[at.key]), token);
  claim.ordinal = String(row[at.ordinal]);
  claim.revision = String(row[at.revision]);
  claim.operation = operationOf(row[at.operation]);
  claim.epoch = Number(row[at.epoch]);
  claim.attempts = Number(row[at.attempts]);
  claim.lapsed = flagOf(row[at.lapsed]);
  claim.firstRecordedAt = instantOf(row[at.firstRecordedAt]);
  claim.traceparent = optionalText.read(row[at.traceparent]);
  return claim;
}

/** The claim on a delivery that was inserted and leased at once. A new row's id is its revision. */
export function newClaim(delivery: RoutedDelivery, id: string, lease: Lease): Claim {
  const claim = new LeasedClaim(id, delivery.strategy, delivery.key, lease.token);
  if (delivery.ordinal !== "0") claim.ordinal = id;
  claim.operation = delivery.operation;
  claim.firstRecordedAt = delivery.firstRecordedAt;
  claim.traceparent = delivery.traceparent ?? null;
  return claim;
}

/** As of a new delivery. A class, like whatever is made for each change: see `LeasedDelivery`. */
class LeasedClaim implements Claim {
  readonly id: string;
  readonly strategy: string;
  readonly key: string;
  readonly token: string;
  ordinal = "0";
  revision: string;
  operation: ChangeOperation = "upsert";
  epoch = 0;
  attempts = 0;
  lapsed = false;
  firstRecordedAt = 0;
  traceparent: string | null = null;

  constructor(id: string, strategy: string, key: string, token: string) {
    this.id = id;
    this.strategy = strategy;
    this.key = key;
    this.token = token;
    this.revision = id;
  }
}

/** How the work on a claim ended. */
export type Settlement =
  /** Delivered: gone if the revision is still the claimed one, otherwise due again at once with fresh attempts. */
  | { readonly result: "accepted"; readonly claim: Claim }
  /**
   * Put back, without a mark against the item: `attempts` stays. A failure that is given is
   * remembered with it, for `Poller.hasten` and whoever looks.
   */
  | { readonly result: "released"; readonly claim: Claim; readonly delayMs: number; readonly failure?: Failure }
  /** Failed, counts as an attempt, due again after the delay. */
  | { readonly result: "retry"; readonly claim: Claim; readonly delayMs: number; readonly failure: Failure }
  /** A dead letter; where newer changes had come, due again at once with fresh attempts instead. */
  | { readonly result: "dead"; readonly claim: Claim; readonly failure: Failure }
  /** May have been acted upon and must not be sent twice: held for a person. */
  | { readonly result: "held"; readonly claim: Claim; readonly failure: Failure };

/**
 * `applied`: as asked. `again`: accepted or dead, but newer changes had come: due again. `late`: the lease was lost,
 * nothing was changed.
 */
export type SettleEffect = "applied" | "again" | "late";
