import type { Failure } from "../../model/outcome.ts";
import type { Strategy } from "../../model/strategy.ts";
import type { Blame } from "../failure-policy.ts";
import type { Delivery } from "../lane/delivery.ts";
import { judgeReading, tooLarge } from "./prepare-item.ts";
import type { ReadResult } from "./read-queue.ts";

/** What a read means for its deliveries. */
export interface SortedReadings {
  /** With what is to be sent. */
  readonly ready: readonly Delivery[];
  readonly bytes: number;
  readonly failed: readonly (readonly [Delivery, Failure, Blame])[];
  readonly skipped: readonly Delivery[];
  readonly blocked: readonly Delivery[];
  readonly blockedBy: Failure | undefined;
  /** What the strategy's `map` threw. */
  readonly thrown: readonly unknown[];
}

export function sortReadings(strategy: Strategy, result: ReadResult, maxItemBytes: number): SortedReadings {
  const ready: Delivery[] = [];
  const skipped: Delivery[] = [];
  const blocked: Delivery[] = [];
  const thrown: unknown[] = [];
  const failed: [Delivery, Failure, Blame][] = result.tooLarge.map((delivery) => [
    delivery,
    tooLarge(`Its rows take more than ${maxItemBytes} bytes`, maxItemBytes),
    "unclear",
  ]);
  let blockedBy: Failure | undefined;
  let bytes = 0;
  for (const [delivery, reading] of result.readings) {
    const judged = judgeReading(strategy, delivery.claim, reading, maxItemBytes);
    switch (judged.as) {
      case "ready":
        delivery.state = "ready";
        delivery.prepared = judged.prepared;
        bytes += judged.prepared.item.json.length;
        ready.push(delivery);
        break;
      case "failed":
        failed.push([delivery, judged.failure, "unclear"]);
        if (judged.thrown !== undefined) thrown.push(judged.thrown);
        break;
      case "skipped":
        skipped.push(delivery);
        break;
      case "blocked":
        blockedBy = judged.failure;
        blocked.push(delivery);
    }
  }
  return { ready, bytes, failed, skipped, blocked, blockedBy, thrown };
}
