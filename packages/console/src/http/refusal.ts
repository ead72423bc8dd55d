import { isSynclineError } from "@syncline/core";

/**
 * What becomes an answer with this status: what was asked for cannot be done. Anything else that is
 * thrown is a bug.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: string;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, code: string, message: string, retryAfterMs?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** By the family of Syncline's codes. */
const statuses: readonly (readonly [RegExp, number])[] = [
  [/^strategy\.unknown$/, 404],
  [/^(config|change|strategy|category)\./, 422],
  [/^query\./, 422],
  [/^(database|pipeline)\./, 503],
  [/^operation\.aborted$/, 504],
];

/**
 * The refusal that an error comes to. Syncline's own errors say nothing secret and nothing of rows;
 * of others nobody knows, and they go to the log alone.
 */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (!isSynclineError(error)) return new Refusal(500, "unexpected", "An unexpected error; the server's log has it.");
  const status = statuses.find(([pattern]) => pattern.test(error.code))?.[1] ?? 500;
  return new Refusal(status, error.code, error.message);
}
