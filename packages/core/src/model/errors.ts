import type { Problem } from "./problem.ts";

/**
 * The closed set of error codes. Each one is documented in docs/errors.md; a test holds the two together.
 */
export const errorCodes = [
  "config.invalid",
  "strategy.invalid",
  "category.invalid",
  "change.invalid",
  "plugin.incompatible",
  "pipeline.state",
  "strategy.unknown",
  "strategy.running",
  "backfill.unknown",
  "backfill.running",
  "backfill.state",
  "definitions.changed",
  "query.invalid",
  "query.data",
  "query.timeout",
  "query.row-limit",
  "query.byte-limit",
  "query.refused",
  "query.unattested",
  "database.unavailable",
  "database.busy",
  "database.schema",
  "database.failed",
  "recorder.connection",
  "operation.aborted",
  "contract.broken",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export interface SynclineErrorOptions {
  readonly cause?: unknown;
  readonly problems?: readonly Problem[];
  /** Whether the same operation may succeed when tried again. Default: by code. */
  readonly retryable?: boolean;
  /**
   * Whether trying again helps only once somebody has mended what the message says. Default false.
   */
  readonly needsPerson?: boolean;
}

const marker = Symbol.for("@syncline/core/SynclineError");
const retryableCodes: ReadonlySet<ErrorCode> = new Set(["database.unavailable", "database.busy"]);

/** The one error class. Recognise it with {@link isSynclineError}, never with `instanceof`: copies of core may differ. */
export class SynclineError extends Error {
  override readonly name = "SynclineError";
  readonly code: ErrorCode;
  readonly problems: readonly Problem[];
  readonly retryable: boolean;
  /**
   * It may be tried again, and will not succeed before somebody has mended what the message says.
   */
  readonly needsPerson: boolean;

  constructor(code: ErrorCode, message: string, options: SynclineErrorOptions = {}) {
    const problems = options.problems ?? [];
    const list = problems.map((problem) => `\n  - ${problem.at}: ${problem.message}`).join("");
    super(`${message}${list}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.problems = problems;
    this.retryable = options.retryable ?? retryableCodes.has(code);
    this.needsPerson = options.needsPerson ?? false;
    Object.defineProperty(this, marker, { value: true });
  }
}

export function isSynclineError(value: unknown): value is SynclineError {
  try {
    return typeof value === "object" && value !== null && marker in value;
  } catch {
    // A proxy that throws: whatever it is, it is not ours.
    return false;
  }
}
