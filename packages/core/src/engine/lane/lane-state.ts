import type { LaneRunner } from "./lane-runner.ts";

/** Where a lane stands, for a person. */
export function laneState({ snapshot, strategy, opensAt }: LaneRunner) {
  const { circuit, reading, ready, sending, calls } = snapshot;
  return {
    ...{ strategy: strategy.name, category: strategy.category.name, downstream: strategy.downstream },
    ...{ circuit, reading, ready, sending, calls: calls.length },
    ...(opensAt === undefined ? {} : { opensAt }),
  };
}
