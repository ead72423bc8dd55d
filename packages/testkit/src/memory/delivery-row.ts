import { type ClaimColumn, claimColumns, claimOf } from "@syncline/core/adapter-kit";
import type { ChangeOperation, Claim, Lease, RoutedDelivery } from "@syncline/core/spi";

/** A row of the delivery table. Times are epoch milliseconds of the store's clock. */
export interface StoredDelivery {
  readonly id: bigint;
  readonly strategy: string;
  readonly key: string;
  readonly ordinal: bigint;
  revision: bigint;
  operation: ChangeOperation;
  firstRecordedAt: number;
  traceparent: string | null;
  state: "pending" | "dead" | "held";
  /** The lease's, while there is one: lapsed once `dueAt` has come. */
  token: string | undefined;
  /** When it may be claimed: after a back-off, a quiet window or a lease. */
  dueAt: number;
  /** `dueAt` is the end of a quiet window, which a further change puts off. */
  debounced: boolean;
  attempts: number;
  epoch: number;
  failure: { readonly kind: string; readonly code: string; readonly message: string } | undefined;
  diedAt: number | undefined;
}

/** As it is inserted; its id is its revision. */
export function newDelivery(routed: RoutedDelivery, revision: bigint, now: number, lease?: Lease): StoredDelivery {
  const { strategy, key, operation, firstRecordedAt, debounce } = routed;
  const quietUntil = debounce && Math.min(now + debounce.quietMs, firstRecordedAt + debounce.maxMs);
  return {
    id: revision,
    strategy,
    key,
    // What is dispatched later goes out later, also where its change has a lower id and was committed late.
    ordinal: routed.ordinal === "0" ? 0n : revision,
    revision,
    operation,
    firstRecordedAt,
    traceparent: routed.traceparent ?? null,
    state: "pending",
    token: lease?.token,
    dueAt: lease === undefined ? (quietUntil ?? now) : now + lease.durationMs,
    debounced: debounce !== undefined,
    attempts: 0,
    epoch: 0,
    failure: undefined,
    diedAt: undefined,
  };
}

/** Leases what is due, and says so. */
export function take(delivery: StoredDelivery, now: number, lease: Lease): Claim {
  // A token on what is due is a lease that lapsed: what kills its worker again and again must not
  // do so for ever.
  const lapsed = delivery.token !== undefined;
  if (lapsed) delivery.attempts += 1;
  delivery.token = lease.token;
  delivery.dueAt = now + lease.durationMs;
  delivery.debounced = false;
  return claimFrom(delivery, lease.token, lapsed);
}

/** What a claim says of the row. */
export function claimFrom(delivery: StoredDelivery, token: string, lapsed = false): Claim {
  const row: { readonly [Column in ClaimColumn]: unknown } = { ...delivery, lapsed };
  return claimOf(
    claimColumns.names.map((column) => row[column]),
    token,
  );
}
