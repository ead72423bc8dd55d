/** The engine's numbers. The defaults suit most; tests and unusual databases change them. All durations in milliseconds. */
export interface Tuning {
  /** How long a claim is ours without a renewal. Renewed at a third of it. Default 60,000. */
  readonly leaseMs: number;
  /** A call must end this long before its lease does. Default 5,000, at most a quarter of the lease. */
  readonly leaseMarginMs: number;
  /** Changes per dispatch; up to eight times as many while a backlog folds into deliveries that wait already. Default 1,000. */
  readonly dispatchLimit: number;
  /** Keys per read. Default 500. */
  readonly readLimit: number;
  /**
   * Items that one lane may hold in memory beyond what its calls in flight carry; beside a backlog,
   * half as many live changes more. Default 1,000.
   */
  readonly prefetchLimit: number;
  /**
   * Bytes of content that is read and not yet delivered, of all lanes together: each lane may hold its equal share, so a
   * lane that hangs takes nothing from the others. Reads shrink to what fits. Default 64 MiB.
   */
  readonly bufferBytes: number;
  /**
   * Bytes that one item may have; a larger one is a dead letter, `too-large`. What exceeds its lane's share is read alone,
   * one in the whole worker, beside `bufferBytes`. Default 64 MiB.
   */
  readonly maxItemBytes: number;
  /**
   * The longest that a strategy's read may take: one that asks for more (`queryTimeoutMs`) is
   * refused. A read holds a connection, a snapshot and its tables against ALTER TABLE for as long
   * as it runs. Default 60,000.
   */
  readonly maxQueryTimeoutMs: number;
  /** How long settlements are gathered into one statement. Default 5. */
  readonly settleDelayMs: number;
  /**
   * Failures in a row, without a good answer in between, that are an outage and open a lane's
   * circuit. Default 5.
   */
  readonly breakerFailures: number;
  /** How long a circuit stays open the first time; each further time doubles it. Default 1,000. */
  readonly breakerOpenMs: number;
  /** Default 30,000. */
  readonly breakerMaxOpenMs: number;
  /**
   * Throttled without a Retry-After that is to come: how long the first time; each further time
   * doubles it. Default 5,000.
   */
  readonly throttleMs: number;
  /** The longest Retry-After that is believed. Default 3,600,000. */
  readonly maxRetryAfterMs: number;
  /**
   * How long an item waits, without that it costs anything, for what it points to and the
   * downstream has not yet (`dependency`). Default 3,600,000.
   */
  readonly dependencyMs: number;
  /**
   * Between probes of a downstream that refuses our credentials, at most; the first ones follow
   * sooner. Default 60,000.
   */
  readonly unauthorizedProbeMs: number;
  /**
   * Between probes of a strategy that is misconfigured, at most; the first ones follow sooner.
   * Default 300,000.
   */
  readonly misconfiguredProbeMs: number;
  /** How long work waits after the database was away: the first time; doubles up to 30 s. Default 250. */
  readonly databaseRetryMs: number;
  /**
   * How long any answer of the database adapter may take; a read has this beyond its own limit. An
   * adapter ends its statements sooner by itself; where it does not, the call is given up, and that
   * is told as the adapter's fault. Above the sum of its own limits for one dispatch. Default
   * 120,000.
   */
  readonly databaseTimeoutMs: number;
  /**
   * How long locks of others may keep this worker from dispatching before that is an alarm. Default
   * 5,000.
   */
  readonly dispatchBlockedMs: number;
}

export const defaultTuning: Tuning = {
  leaseMs: 60_000,
  leaseMarginMs: 5_000,
  dispatchLimit: 1_000,
  readLimit: 500,
  prefetchLimit: 1_000,
  bufferBytes: 64 * 1024 * 1024,
  maxItemBytes: 64 * 1024 * 1024,
  maxQueryTimeoutMs: 60_000,
  settleDelayMs: 5,
  breakerFailures: 5,
  breakerOpenMs: 1_000,
  breakerMaxOpenMs: 30_000,
  throttleMs: 5_000,
  maxRetryAfterMs: 3_600_000,
  dependencyMs: 3_600_000,
  unauthorizedProbeMs: 60_000,
  misconfiguredProbeMs: 300_000,
  databaseRetryMs: 250,
  databaseTimeoutMs: 120_000,
  dispatchBlockedMs: 5_000,
};

/** How long before its lease ends a call must have ended. */
export function marginMs(tuning: Tuning): number {
  return Math.min(tuning.leaseMarginMs, tuning.leaseMs / 4);
}
