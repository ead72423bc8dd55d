import type { BackfillJob } from "../../contracts/backfill-store.ts";
import type { BackfillReport } from "./backfills.ts";

/** With what follows from its times, all of them by the database's clock. */
export function reportOf(job: BackfillJob): BackfillReport {
  const driven = job.state === "running" && job.leaseMs > 0;
  const keys = job.done - job.drivenFrom;
  const tookMs = job.changedAt - job.drivenAt;
  const keysPerSecond = keys > 0 && tookMs > 0 ? (keys * 1_000) / tookMs : null;
  return { ...job, driven, keysPerSecond, estimatedLeftMs: driven ? leftMs(job, keysPerSecond) : null };
}

function leftMs({ estimatedTotal, done, refused }: BackfillJob, keysPerSecond: number | null): number | null {
  if (estimatedTotal === null || keysPerSecond === null) return null;
  const left = estimatedTotal - done - refused;
  return left > 0 ? (left * 1_000) / keysPerSecond : null;
}
