import { checkShape, type ShapeChecks, text } from "./option-checks.ts";
import type { Problem } from "./problem.ts";

/**
 * When deliveries may be claimed: from each time of `opens` until the next one of `closes`. Both
 * are cron expressions: `0 22 * * 1-5` and `0 6 * * *`.
 */
export interface DeliveryWindow {
  readonly opens: string;
  readonly closes: string;
  /** An IANA name. Default: the process's. */
  readonly timezone?: string;
}

const checks: ShapeChecks = {
  opens: { check: text(200), required: true },
  closes: { check: text(200), required: true },
  timezone: { check: text(100) },
};

/** Its form alone: what the texts mean is judged where they are read. */
export function windowShape(window: unknown): readonly Problem[] {
  return checkShape(window, checks);
}
