import type { BackfillJob } from "@syncline/core/spi";

/** Of whom it is leased, until when by the store's clock. */
export interface StoredBackfill {
  job: Omit<BackfillJob, "leaseMs">;
  owner: string | undefined;
  until: number;
}
